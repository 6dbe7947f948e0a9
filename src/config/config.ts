import type { PoolOptions } from '../health/index.ts';
import type { Scope, TableEntrySpec } from '../reconcile/index.ts';

/** What a configuration file says. */
export interface Config {
  /** The services that are wanted, but for those with health checks. */
  readonly table: readonly TableEntrySpec[];
  /**
   * The services that are ours, for `plan` and `reconcile`; undefined for the whole table. Those with health checks are not
   * part of it, since their pools look after them.
   */
  readonly scope: Scope | undefined;
  /** Seconds for connections of what is removed to end; undefined where it is removed at once. */
  readonly drain: number | undefined;
  /** Services with health checks, for `Pool.start`. */
  readonly pools: readonly PoolOptions[];
}

/** How to read a configuration file. */
export interface ConfigOptions {
  /** The services that are ours, instead of those that the file says. */
  readonly scope?: Scope | undefined;
}
