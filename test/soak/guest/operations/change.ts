import { applyChange } from '../../../../src/ipvs/index.ts';
import { applyToTable } from '../../../support/ipvs/apply-to-table.ts';
import { randomChange } from '../../../support/ipvs/random-change.ts';
import type { Life } from '../life.ts';
import { untilLoaded } from './until-loaded.ts';

/** Adds, patches and removes at random, one after another; the kernel must refuse what the model refuses. */
export async function change(life: Life): Promise<void> {
  for (let left = 1 + life.random.below(30); left > 0; left--) await makeOneChange(life);
}

/** Makes a random change of what the controller owns, if one comes. */
export async function makeOneChange(life: Life): Promise<void> {
  const change = randomChange(life.random);
  if (!('service' in change) || !change.service || !life.owns(change.service)) return;
  const [refusal] = await untilLoaded(life, () =>
    applyChange(life.ipvs, change).then(
      () => [],
      (error: unknown) => [{ error }],
    ),
  );
  const expected = attempt(() => {
    life.table = applyToTable(life.table, change);
  });
  if (!refusal !== !expected) life.fault(`${JSON.stringify(change)}: ${refusal?.error}, expected was ${expected}`);
  life.count(refusal ? 'changes refused' : 'changes');
}

function attempt(run: () => void): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return String(error);
  }
}
