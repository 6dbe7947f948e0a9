import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { IpvsLibraryError } from '../../errors/library-error.ts';
import type { IpvsClient } from '../../ipvs/client/ipvs-client.ts';
import type { OperationOptions } from '../../linux/operation-options.ts';
import { sleep } from '../sleep.ts';
import { compareTables, type IndexedEntry, type IndexedTable, indexTable, type ObservedChange } from './compare.ts';
import { ratesBetween, type ServiceRates } from './rates.ts';

/** The longest that a timer of Node waits, in seconds. */
const MAX_INTERVAL = 2_147_483;

/** Options of {@link watch}. */
export interface WatchOptions extends OperationOptions {
  /** Seconds from one reading to the next, more than 0; default 1. Counters move every 2 seconds. */
  readonly interval?: number | undefined;
  /** Whether each reading ends with a `rates` event. Default false. */
  readonly rates?: boolean | undefined;
  /**
   * Opens another connection while readings fail, which is closed in the end. Default: the same is used on, which finds
   * IPVS again after its module was unloaded and loaded.
   */
  readonly reopen?: (() => Promise<IpvsClient>) | undefined;
}

/** What {@link watch} tells. */
export type WatchEvent =
  | ObservedChange
  | {
      /** A reading failed. Told once, however many fail in a row. */
      readonly type: 'interrupted';
      /** Why the first of them failed. */
      readonly error: IpvsLibraryError;
    }
  | {
      /** A reading succeeded after others had failed; what changed meanwhile follows. */
      readonly type: 'resumed';
    }
  | {
      /** Rates of what was there in the last two readings. */
      readonly type: 'rates';
      /** Time between the two readings. */
      readonly seconds: number;
      /** The services, and the destinations of each. */
      readonly services: readonly ServiceRates[];
    };

/**
 * Tells how the table changes, from one reading to the next: what was added, removed, or changed, with what it was
 * before. The first reading tells of everything as added. What comes and goes between two readings is not seen.
 *
 * The next reading waits until the events of the last are taken, so whoever is slow gets the newest state. Every
 * difference is told once. As a listing may miss an entry while others change the table, an entry counts as removed
 * when two readings lack it.
 *
 * Failed readings do not end it, except that `ipvs` was closed; with `reopen`, only the signal and leaving the loop end it.
 * @throws InputError for an invalid option; TransportError `ERR_NETLINK_CLOSED`; the signal's reason
 * @example
 * ```ts
 * for await (const event of watch(ipvs, { interval: 5 })) {
 *   console.log(event.type); // addService
 *   break; // ends it
 * }
 * ```
 */
export async function* watch(
  ipvs: IpvsClient,
  options: WatchOptions = {},
): AsyncGenerator<WatchEvent, void, undefined> {
  assertKnownProperties('', options, ['interval', 'rates', 'reopen', 'signal']);
  const { interval = 1, rates = false, reopen, signal } = options;
  if (typeof interval !== 'number' || !(interval > 0 && interval <= MAX_INTERVAL))
    throw new InputError(`must be more than 0 and at most ${MAX_INTERVAL} seconds`, interval, 'interval');

  let table: IndexedTable = new Map();
  let readAt: number | undefined;
  let interrupted = false;
  let opened: IpvsClient | undefined;
  try {
    for (;;) {
      if (signal?.aborted) throw signal.reason;
      try {
        if (interrupted && reopen && !opened) opened = await reopen();
        const reading = await readCarefully(opened ?? ipvs, table, signal);
        const now = performance.now();
        const [before, seconds] = [table, readAt === undefined ? undefined : (now - readAt) / 1000];
        // Before the events: whoever stops taking them, or throws, has been told of none of them twice.
        table = reading;
        readAt = now;
        if (interrupted) yield { type: 'resumed' };
        interrupted = false;
        yield* compareTables(before, table);
        if (rates && seconds !== undefined)
          yield { type: 'rates', seconds, services: ratesBetween(before, table, seconds) };
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (!(error instanceof IpvsLibraryError) || error instanceof InputError) throw error;
        if (error.code === 'ERR_NETLINK_CLOSED') throw error;
        const failed = opened;
        opened = undefined;
        await failed?.close();
        if (!interrupted) yield { type: 'interrupted', error };
        interrupted = true;
      }
      await sleep(interval * 1000, signal).catch(() => {}); // the loop looks at the signal
    }
  } finally {
    await opened?.close();
  }
}

/** Reads the table, and once more where something seems to be gone. */
async function readCarefully(
  ipvs: IpvsClient,
  before: IndexedTable,
  signal: OperationOptions['signal'],
): Promise<IndexedTable> {
  const first = await read(ipvs, signal);
  return lacks(first, before) ? union(await read(ipvs, signal), first) : first;
}

async function read(ipvs: IpvsClient, signal: OperationOptions['signal']): Promise<IndexedTable> {
  const entries = [];
  for await (const entry of ipvs.table({ signal })) entries.push(entry);
  return indexTable(entries);
}

function lacks(table: IndexedTable, before: IndexedTable): boolean {
  for (const [id, { destinations }] of before) {
    const entry = table.get(id);
    if (!entry) return true;
    for (const endpoint of destinations.keys()) if (!entry.destinations.has(endpoint)) return true;
  }
  return false;
}

/** The newer of two readings, with what only the older one has. */
function union(newer: IndexedTable, older: IndexedTable): IndexedTable {
  const table = new Map<string, IndexedEntry>(older);
  for (const [id, { service, destinations }] of newer)
    table.set(id, { service, destinations: new Map([...(older.get(id)?.destinations ?? []), ...destinations]) });
  return table;
}
