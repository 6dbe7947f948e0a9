/**
 * The table that is wanted instead of commands: read, compare, change only the difference, lose no connection and touch
 * nothing of others.
 *
 * @module
 */
export type { TableEntrySpec } from './desired.ts';
export type { Setting } from './diff.ts';
export { type Keep, type PlanOptions, plan } from './plan.ts';
export { type ReadTableOptions, readTable } from './read-table.ts';
export type { NumberRange, Scope, ScopeFilter } from './scope.ts';
