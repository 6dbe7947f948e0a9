/**
 * The table that is wanted instead of commands: read, compare, change only the difference, lose no connection and touch
 * nothing of others.
 *
 * @module ipvs/reconcile
 */
export { type ApplyOptions, apply } from './apply/apply.ts';
export type { ApplyResult, Draining, FailedChange, Progress } from './apply/outcome.ts';
export { type DeadlineStore, type Deadlines, memoryDeadlines } from './drain/deadlines.ts';
export { type DrainTarget, drain } from './drain/drain.ts';
export { fileDeadlines } from './drain/file-deadlines.ts';
export type { DrainOptions } from './drain/options.ts';
export type { TableEntrySpec } from './plan/desired.ts';
export type { Setting } from './plan/diff.ts';
export { type Keep, type PlanOptions, plan } from './plan/plan.ts';
export type { NumberRange, Scope, ScopeFilter } from './plan/scope.ts';
export { type ReadTableOptions, readTable } from './read-table.ts';
export { type ReconcileOptions, type ReconcileResult, type RemainingChange, reconcile } from './reconcile.ts';
export type { ObservedChange } from './watch/compare.ts';
export type { Rates, ServiceRates } from './watch/rates.ts';
export { type WatchEvent, type WatchOptions, watch } from './watch/watch.ts';
