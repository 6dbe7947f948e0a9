import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { applyChange, Ipvs } from '../../../../src/ipvs/index.ts';
import { watch } from '../../../../src/reconcile/index.ts';
import { FakeKernel } from '../../../../src/testing/index.ts';
import { sortedTable } from '../../../support/ipvs/similar-tables.ts';
import type { Life } from '../life.ts';
import { makeOneChange } from './change.ts';
import { collect } from './collect.ts';

const PATIENCE = 10_000;

/** Changes while a watcher looks on, whose events, carried out on another table, must come to the same. */
export async function watched(life: Life): Promise<void> {
  const stop = new AbortController();
  await using mirror = await Ipvs.open({ kernel: new FakeKernel() });
  const following = follow(life, mirror, stop.signal);
  for (let left = 1 + life.random.below(20); left > 0; left--) {
    await makeOneChange(life);
    if (life.random.once(3)) await setTimeout(life.random.below(30));
  }
  const until = performance.now() + PATIENCE;
  const wanted = sortedTable(life.table);
  const read = async () => sortedTable(await collect(mirror.table()));
  while (!isDeepStrictEqual(await read(), wanted) && performance.now() < until) await setTimeout(20);
  life.expect('what a watcher has seen', await read(), wanted);
  stop.abort();
  await following;
}

async function follow(life: Life, mirror: Ipvs, signal: AbortSignal): Promise<void> {
  try {
    for await (const event of watch(life.ipvs, { interval: 0.02, signal })) {
      if (!('service' in event) || !life.owns(event.service)) continue;
      await applyChange(mirror, event);
      life.count('events');
    }
  } catch (error) {
    if (error !== signal.reason) life.fault(`watch: ${error}`);
  }
}
