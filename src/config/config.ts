import type { PoolOptions } from '../health/index.ts';
import type { DrainOptions, Scope, TableEntrySpec } from '../reconcile/index.ts';

/** What a configuration file says. */
export interface Config {
  /** The services that are wanted, but for those with health checks. */
  readonly table: readonly TableEntrySpec[];
  /**
   * The services that are ours, for `plan` and `reconcile`; undefined for the whole table. Those with health checks are not
   * part of it, since their pools look after them.
   */
  readonly scope: Scope | undefined;
  /** How to wait for connections of what is removed, for `reconcile`; undefined where it is removed at once. */
  readonly drain: DrainOptions | undefined;
  /** Services with health checks, for `Pool.start`. */
  readonly pools: readonly PoolOptions[];
}

/** How to read a configuration file. */
export interface ConfigOptions {
  /** The services that are ours, instead of those that the file says. */
  readonly scope?: Scope | undefined;
}
