import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { Ipvs, type IpvsClient, TransportError } from '../../src/ipvs/index.ts';
import { type Kernel, linuxKernel } from '../../src/netlink/index.ts';
import { drain, readTable, reconcile, type TableEntrySpec, watch } from '../../src/reconcile/index.ts';
import type { Disturbance } from '../support/ipvs/disturbing-process.ts';
import { expectedTable, nameOf, similarTable, sortedTable } from '../support/ipvs/similar-tables.ts';
import { Random } from '../testing/random.ts';
import { losing } from './losing-kernel.ts';

/** What was done, and what befell it. */
export interface Counts {
  /** Changes that the kernel carried out for us. */
  operations: number;
  /** Answers that were thrown away. */
  lost: number;
  /** Reconciliations that were aborted on the way. */
  aborted: number;
  changesOfOthers: number;
  /** What a watch told. */
  events: number;
  drained: number;
}

const insideNames = '^(tcp|7) ';
const scope = { protocols: ['tcp' as const], marks: [7] };
const inside = ({ service }: TableEntrySpec) => new RegExp(insideNames).test(nameOf(service));
const RECONCILES = 10;

/**
 * One network namespace's life: tables are wanted one after the other and reconciled, while another process changes the same table, a third
 * connection watches it, answers get lost and calls are aborted. In the end all agree with the models of both.
 */
export async function liveRound(
  version: string,
  seed: number,
  counts: Counts,
  wrong: (what: string) => void,
): Promise<void> {
  const random = new Random(seed);
  const kernel: Kernel = losing(linuxKernel(), random, () => counts.lost++);
  await using ipvs = await Ipvs.open({ kernel });
  await using second = await Ipvs.open();
  const watching = new Watching(second);
  const other = fork(join(import.meta.dirname, 'disturbing-process.mjs'), [insideNames], { serialization: 'advanced' });
  const ended = once(other, 'exit');
  await once(other, 'message');
  other.send(seed);
  let wanted: TableEntrySpec[] = [];
  for (let time = 0; time < RECONCILES; time++) {
    [wanted = []] = fc.sample(similarTable(version), { numRuns: 1, seed: seed + time });
    wanted = wanted.filter(inside);
    const signal = random.below(3) === 0 ? AbortSignal.timeout(1 + random.below(20)) : undefined;
    try {
      counts.operations += (await reconcile(ipvs, wanted, { scope, signal })).done.length;
    } catch (error) {
      if (error instanceof TransportError && error.code === 'ERR_NETLINK_OVERRUN') continue;
      if (!signal?.aborted) wrong(`reconcile rejects with ${error}`);
      counts.aborted++;
    }
  }
  const answer = once(other, 'message');
  other.send('stop');
  const [disturbance] = (await answer) as [Disturbance];
  other.disconnect();
  await ended;
  counts.changesOfOthers += disturbance.inside + disturbance.outside;
  for (const surprise of disturbance.surprises) wrong(`another process sees ${surprise}`);

  const { done, remaining } = await reconcile(second, wanted, { scope });
  counts.operations += done.length;
  if (remaining.length > 0) wrong(`${remaining.length} changes remain when nobody else changes the table`);
  const table = sortedTable(await readTable(second));
  expectSame('what is wanted', table.filter(inside), expectedTable(wanted));
  expectSame(
    'what is outside the scope',
    table.filter((entry) => !inside(entry)),
    sortedTable(disturbance.table),
  );

  const targets = wanted.flatMap(({ service, destinations }) =>
    destinations.map((destination) => ({ service, destination })),
  );
  const drained = await drain(second, targets.map(keysOf), { deadline: 5, interval: 0.01 });
  counts.drained += drained.done.length;
  if (drained.done.length !== targets.length) wrong(`${drained.done.length} of ${targets.length} were drained`);
  const left = (await readTable(second)).filter(inside).flatMap(({ destinations }) => destinations);
  if (left.length > 0) wrong(`${left.length} destinations are left of those that were drained`);

  await second.flush();
  counts.events += await watching.end(wrong);

  function expectSame(what: string, is: unknown, was: unknown): void {
    const [read, meant] = [is, was].map((value) =>
      JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? 0 : each)),
    );
    if (read !== meant) wrong(`${what} is ${read}, not ${meant}`);
  }
}

function keysOf({
  service,
  destination,
}: {
  service: TableEntrySpec['service'];
  destination: TableEntrySpec['destinations'][number];
}) {
  const { address, port } = destination;
  const key =
    service.fwmark === undefined
      ? { protocol: service.protocol, address: service.address, port: service.port }
      : { fwmark: service.fwmark, family: service.family };
  return { service: key as TableEntrySpec['service'], destination: { address, port } };
}

/** Follows a table by what a watch tells, which must come to nothing when the table is empty. */
class Watching {
  readonly #abort = new AbortController();
  readonly #there = new Set<string>();
  readonly #running: Promise<void>;
  #events = 0;

  constructor(ipvs: IpvsClient) {
    this.#running = this.#follow(ipvs).catch((error) => {
      if (!this.#abort.signal.aborted) throw error;
    });
  }

  async #follow(ipvs: IpvsClient): Promise<void> {
    for await (const event of watch(ipvs, { interval: 0.02, signal: this.#abort.signal })) {
      this.#events++;
      if (event.type === 'addService' || event.type === 'addDestination') this.#there.add(nameOfEvent(event));
      if (event.type === 'removeService' || event.type === 'removeDestination') this.#there.delete(nameOfEvent(event));
    }
  }

  /** Ends once nothing is there any more. Returns how many events came. */
  async end(wrong: (what: string) => void): Promise<number> {
    for (let look = 0; look < 200 && this.#there.size > 0; look++) await setTimeout(20);
    for (const name of this.#there) wrong(`the watch still has ${name}`);
    this.#abort.abort();
    await this.#running;
    return this.#events;
  }
}

function nameOfEvent(event: {
  service: TableEntrySpec['service'];
  destination?: { address: string; port: number };
}): string {
  return `${nameOf(event.service)} ${event.destination ? `${event.destination.address} ${event.destination.port}` : ''}`;
}
