import { isDeepStrictEqual } from 'node:util';
import type { DeadlineStore, Deadlines } from './deadlines.ts';

/** The last change of each store. */
const changes = new WeakMap<DeadlineStore, Promise<unknown>>();

/**
 * Loads the deadlines of a store, changes them, saves them if they differ, and resolves to them. Changes of one store are
 * made one after another, so that none undoes another.
 */
export function changeDeadlines(
  store: DeadlineStore,
  change: (deadlines: Map<string, number>) => void,
): Promise<Deadlines> {
  const previous = changes.get(store) ?? Promise.resolve();
  const changed = previous.then(async () => {
    const before = await store.load();
    const deadlines = new Map(before);
    change(deadlines);
    if (!isDeepStrictEqual(deadlines, before)) await store.save(deadlines);
    return deadlines;
  });
  changes.set(
    store,
    changed.catch(() => {}),
  );
  return changed;
}
