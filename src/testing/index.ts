/**
 * An IPVS kernel in memory, and recorded conversations: for tests of what is built on this package.
 *
 * @module ipvs/testing
 */
export { type Replay, record, replay, type Transport } from '../netlink/index.ts';
export type { AskedRequest } from './asked-request.ts';
export type { Connections } from './connections.ts';
export { FakeKernel } from './fake-kernel.ts';
export type { FlowSpec, Flows } from './flows.ts';
export type { ConnectionSpec } from './ipvs/connections.ts';
export type { Traffic } from './ipvs/traffic.ts';
export type { ConnectOptions, FakeKernelOptions, RefusalOptions } from './options.ts';
export type { PacketSpec, ScheduledConnection } from './schedule.ts';
export type { Link, Links } from './state/network.ts';
export type { KernelVersion } from './state/versions.ts';
