import type { Change } from '../../ipvs/change.ts';
import type { ServiceKey } from '../../ipvs/model/service-key.ts';
import type { DeadlineStore } from './deadlines.ts';
import { drainedService, drainName, isRemoval } from './drain.ts';

/**
 * Forgets the deadlines of what is not to be removed any more, or is gone, so that its next drain has its whole time.
 * @param changes all that is to be done to the services that are ours; the deadlines of others stay
 */
export async function forgetWanted(
  store: DeadlineStore,
  changes: readonly Change[],
  isOurs: (service: ServiceKey) => boolean,
): Promise<void> {
  const deadlines = await store.load();
  if (deadlines.size === 0) return;
  const removals = new Set(changes.filter(isRemoval).map(drainName));
  const isOther = (name: string) => {
    const service = drainedService(name);
    return service !== undefined && !isOurs(service);
  };
  const kept = new Map([...deadlines].filter(([name]) => removals.has(name) || isOther(name)));
  if (kept.size < deadlines.size) await store.save(kept);
}
