import type { PoolOptions } from '../health/index.ts';
import { poolSettings } from '../health/options.ts';
import { type DrainOptions, plan, type Scope, type TableEntrySpec } from '../reconcile/index.ts';
import { serviceId } from '../reconcile/plan/identity.ts';
import { compileScope } from '../reconcile/plan/scope.ts';
import type { Config } from './config.ts';
import { within } from './within.ts';

/** An entry that a file wants, and its pool where it has health checks. */
export interface WantedEntry extends TableEntrySpec {
  readonly pool?: PoolOptions | undefined;
}

/**
 * Checks entries as whoever takes them will, and separates those with health checks from the others. Throws InputError,
 * whose path begins with `desired[3]` or `scope`, or is that of a pool's option.
 */
export function configOf(
  entries: readonly WantedEntry[],
  scope: Scope | undefined,
  drain: DrainOptions | undefined,
): Config {
  plan(
    [],
    entries.map(({ service, destinations }) => ({ service, destinations })),
    { scope },
  );
  const pools: PoolOptions[] = [];
  for (const [i, { pool }] of entries.entries()) {
    if (!pool) continue;
    within(`desired[${i}]`, () => poolSettings(pool));
    pools.push(pool);
  }
  const pooled = new Set(pools.map(({ service }) => serviceId(service)));
  const isOurs = compileScope(scope);
  return {
    table: entries.filter(({ pool }) => !pool).map(({ service, destinations }) => ({ service, destinations })),
    scope: pooled.size > 0 ? (service) => isOurs(service) && !pooled.has(serviceId(service)) : scope,
    drain,
    pools,
  };
}
