import type { Life } from '../life.ts';

const MAX_THRESHOLD = 2 ** 31 - 1;

/** Patches every destination of a service, and some of them twice, all at once. */
export async function patch(life: Life): Promise<void> {
  const entry = life.pickEntry();
  if (!entry) return;
  const { service } = entry;
  const destinations = entry.destinations.map((each) => ({
    ...each,
    weight: life.random.below(100),
    upperThreshold: Math.min(MAX_THRESHOLD, each.lowerThreshold + life.random.below(100)),
  }));
  await Promise.all(
    destinations.flatMap((each) => [
      life.ipvs.patchDestination(service, each, { weight: each.weight }),
      life.ipvs.patchDestination(service, each, { upperThreshold: each.upperThreshold }),
    ]),
  );
  life.count('patches', 2 * destinations.length);
  life.table = life.table.map((each) => (each === entry ? { service, destinations } : each));
}
