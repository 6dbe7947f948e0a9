import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { applyChange, describeService, Ipvs, type IpvsClient } from '../../../../src/ipvs/index.ts';
import { watch } from '../../../../src/reconcile/index.ts';
import { FakeKernel } from '../../../../src/testing/index.ts';
import { sortedTable } from '../../../support/ipvs/similar-tables.ts';
import { wrapClient } from '../../../support/ipvs/wrap-client.ts';
import type { Life } from '../life.ts';
import { makeOneChange } from './change.ts';
import { collect } from './collect.ts';

/** Looks at what a watcher has made of its events, of which a machine that stood still takes none. */
const LOOKS = 500;

/** After so many more readings, one or two of which make a round, a watcher has told of everything that was changed before. */
const READINGS = 4;

/** Changes while a watcher looks on, whose events, carried out on another table, must come to the same. */
export async function watched(life: Life): Promise<void> {
  const stop = new AbortController();
  await using mirror = await Ipvs.open({ kernel: new FakeKernel() });
  let readings = 0;
  const client = wrapClient(life.ipvs, {
    table(options) {
      readings++;
      return life.ipvs.table(options);
    },
  });
  const following = follow(life, client, mirror, stop.signal);
  for (let left = 1 + life.random.below(20); left > 0; left--) {
    await makeOneChange(life);
    if (life.random.once(3)) await setTimeout(life.random.below(30));
  }
  const wanted = sortedTable(life.table);
  const read = async () => sortedTable(await collect(mirror.table()));
  const enough = readings + READINGS;
  let seen = await read();
  for (let left = LOOKS; left > 0 && (readings < enough || !isDeepStrictEqual(seen, wanted)); left--) {
    await setTimeout(20);
    seen = await read();
  }
  stop.abort();
  const events = await following;
  life.expect(`what a watcher has seen in ${readings} readings, after ${events.join(', ')}`, seen, wanted);
  if (readings < enough) life.fault(`a watcher made ${readings} readings of ${enough}`);
}

/** Carries out on another table what a watcher sees of a controller's part; gives the events in words. */
async function follow(life: Life, ipvs: IpvsClient, mirror: Ipvs, signal: AbortSignal): Promise<string[]> {
  const events: string[] = [];
  try {
    for await (const event of watch(ipvs, { interval: 0.02, signal })) {
      if (event.type === 'interrupted') events.push(`interrupted: ${event.error}`);
      if (!('service' in event) || !life.owns(event.service)) continue;
      events.push(`${event.type} ${describeService(event.service)}`);
      await applyChange(mirror, event);
      life.count('events');
    }
  } catch (error) {
    if (error !== signal.reason) life.fault(`watch: ${error}`);
  }
  return events;
}
