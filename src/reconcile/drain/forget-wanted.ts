import type { Change } from '../../ipvs/change.ts';
import type { ServiceKey } from '../../ipvs/model/service-key.ts';
import type { ApplyResult } from '../apply/outcome.ts';
import { changeDeadlines } from './change-deadlines.ts';
import type { DeadlineStore } from './deadlines.ts';
import { drainedService, drainName, isRemoval } from './drain.ts';

/**
 * Forgets the deadlines of what is not to be removed any more, or is gone, so that its next drain has its whole time. Those of
 * what is still to get its weight back stay: they alone say that a drain took it.
 * @param changes all that is to be done to the services that are ours; the deadlines of others stay
 */
export async function forgetWanted(
  store: DeadlineStore,
  changes: readonly Change[],
  isOurs: (service: ServiceKey) => boolean,
): Promise<void> {
  const open = new Set([...changes.filter(isRemoval).map(drainName), ...restoredNames(changes)]);
  const isOther = (name: string) => {
    const service = drainedService(name);
    return service !== undefined && !isOurs(service);
  };
  await changeDeadlines(store, (deadlines) => {
    for (const name of deadlines.keys()) if (!open.has(name) && !isOther(name)) deadlines.delete(name);
  });
}

/** Forgets the deadlines of what has got its weight back. */
export async function forgetRestored(
  store: DeadlineStore,
  { done, failed }: Pick<ApplyResult, 'done' | 'failed'>,
): Promise<void> {
  const open = new Set(restoredNames(failed.map(({ change }) => change)));
  const restored = restoredNames(done).filter((name) => !open.has(name));
  if (restored.length === 0) return;
  await changeDeadlines(store, (deadlines) => {
    for (const name of restored) deadlines.delete(name);
  });
}

/** The names under which the weights that changes give may have been taken: the destination's, and the whole service's. */
function restoredNames(changes: readonly Change[]): string[] {
  return changes.flatMap((change) => {
    if (change.type !== 'patchDestination' || !change.patch.weight) return [];
    return [drainName(change), drainName({ service: change.service })];
  });
}
