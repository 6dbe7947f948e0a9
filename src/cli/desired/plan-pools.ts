import type { PoolOptions } from '../../health/index.ts';
import type { Change, Ipvs } from '../../ipvs/index.ts';
import { plan, readTable } from '../../reconcile/index.ts';
import { destinationId, serviceId } from '../../reconcile/plan/identity.ts';

/**
 * The changes that give the services of pools their settings, and take away destinations that are none of their pool's, such
 * as those of an older file. The rest is the pools' own work.
 */
export async function planPools(ipvs: Ipvs, pools: readonly PoolOptions[]): Promise<Change[]> {
  const byId = new Map(pools.map((pool) => [serviceId(pool.service), pool]));
  const current = await readTable(ipvs, { scope: (service) => byId.has(serviceId(service)) });
  const desired = current.flatMap(({ service, destinations }) => {
    const pool = byId.get(serviceId(service));
    if (!pool) return [];
    const own = new Set([...pool.destinations, ...(pool.fallback ? [pool.fallback] : [])].map(destinationId));
    return [{ service: pool.service, destinations: destinations.filter((each) => own.has(destinationId(each))) }];
  });
  return plan(current, desired);
}
