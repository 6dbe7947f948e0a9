import type { ProblemReason } from '../../objects/problem.ts';
import type { NodeContext } from '../node-facts.ts';
import type { Settings } from '../options.ts';

/** What the claims of a Service depend on beside itself and its slices. */
export interface ClaimContext {
  readonly node: NodeContext;
  readonly settings: Settings;
  /** The other node that has this address, if one does. */
  readonly otherNodeWith: (address: string) => string | undefined;
}

/** Takes a problem of the Service that is looked at. */
export type Report = (reason: ProblemReason, field: string, value: unknown, rule: string) => void;
