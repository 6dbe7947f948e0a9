import type { DeadlineStore, Deadlines } from 'ipvs/reconcile';

/**
 * Keeps deadlines in memory, and in another store as far as that works: without it a drain only starts anew after a restart.
 * @param onFailure told where nothing could be loaded, and of saves that fail the first time until one works
 */
export function lenientDeadlines(store: DeadlineStore, onFailure: (error: unknown) => void): DeadlineStore {
  let kept: Deadlines | undefined;
  let isFailing = false;
  return {
    async load() {
      kept ??= await store.load().catch((error) => {
        onFailure(error);
        return new Map();
      });
      return kept;
    },
    async save(deadlines) {
      kept = new Map(deadlines);
      try {
        await store.save(kept);
        isFailing = false;
      } catch (error) {
        if (!isFailing) onFailure(error);
        isFailing = true;
      }
    },
  };
}
