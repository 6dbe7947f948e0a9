import { applyChange } from '../../../../src/ipvs/index.ts';
import { applyToTable } from '../../../support/ipvs/apply-to-table.ts';
import { randomChange } from '../../../support/ipvs/random-change.ts';
import type { Life } from '../life.ts';

/** Adds, patches and removes at random, one after another; the kernel must refuse what the model refuses. */
export async function change(life: Life): Promise<void> {
  for (let left = 1 + life.random.below(30); left > 0; left--) await makeOneChange(life);
}

/** Makes a random change of what the controller owns, if one comes. */
export async function makeOneChange(life: Life): Promise<void> {
  const change = randomChange(life.random);
  if (!('service' in change) || !change.service || !life.owns(change.service)) return;
  const refused = await applyChange(life.ipvs, change).then(() => undefined, String);
  const expected = attempt(() => {
    life.table = applyToTable(life.table, change);
  });
  if (!refused !== !expected) life.fault(`${JSON.stringify(change)}: ${refused}, expected was ${expected}`);
  life.count(refused ? 'changes refused' : 'changes');
}

function attempt(run: () => void): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return String(error);
  }
}
