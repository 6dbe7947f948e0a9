/**
 * The connection tracking table of Linux, over ctnetlink: to end the flows to what is gone.
 *
 * @module ipvs/conntrack
 */

export type { OpenOptions } from '../linux/open-options.ts';
export type { OperationOptions } from '../linux/operation-options.ts';
export { Conntrack } from './conntrack.ts';
export { ConntrackError, type ConntrackReason } from './conntrack-error.ts';
export type { Flow, FlowFilter, FlowKey, FlowProtocol, Tuple } from './model/flow.ts';
