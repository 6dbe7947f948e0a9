import { assertSignal } from '../../linux/abort-signal.ts';
import { nlmsghdr } from '../../netlink/codec/struct.ts';
import type { CallOptions, Family, Operation, ReadBuffer } from '../../netlink/index.ts';
import { UnstableError } from '../errors/unstable-error.ts';
import type { CommandFields } from '../wire/fields.ts';
import type { command, settings } from '../wire/tables.ts';

/** A command that lists, whatever is read of its replies. */
type ListOperation = Operation<(typeof command)['rows'], (typeof command | typeof settings)['rows']>;

/** A listing as the kernel sent it. */
export interface Listing<T> {
  readonly entries: T[];
  /** How many datagrams it came in, the end apart. */
  readonly datagrams: number;
}

/** Asks for a listing; called back at the start of each datagram, and once where nothing is listed. */
export type ReadEntries<T> = (onDatagram: () => void) => Promise<T[]>;

/** How to tell the entries of a listing apart. */
export interface Identity<T> {
  /** What identifies an entry. */
  idOf(entry: T): string | number;
  /** Whether an entry may be listed twice, found faster than by all their ids. */
  mayRepeat?(entries: readonly T[]): boolean;
  /** The name of the listing, for a message. */
  readonly what: string;
}

/** The kernel fills a datagram of 32 KiB, which holds 91 destinations or 101 services: with fewer, it was not cut. */
const SURELY_ONE_DATAGRAM = 64;

/** A listing that others disturb is read this often; entries that others keep adding show twice in a few of a hundred. */
const MAX_READINGS = 3;
const MAX_CONSISTENT_READINGS = 10;

/** Sends a command that lists. */
export function list<T>(
  family: Family,
  operation: ListOperation,
  fields: CommandFields,
  map: (reply: CommandFields, request: CommandFields) => T,
  onDatagram: () => void,
  options: CallOptions<CommandFields>,
): Promise<T[]> {
  const read = (reply: CommandFields, _: ReadBuffer, at: number): T => {
    if (at === nlmsghdr.size) onDatagram();
    return map(reply, fields);
  };
  return new Promise((resolve, reject) => {
    if (options.signal !== undefined) assertSignal(options.signal);
    const resolveAll = (entries: T[] | PromiseLike<T[]>) => {
      if (Array.isArray(entries) && entries.length === 0) onDatagram();
      resolve(entries);
    };
    family.dumpFor({ resolve: resolveAll, reject }, operation, fields, read, options);
  });
}

/** A listing with the number of its datagrams. */
export async function readListing<T>(read: ReadEntries<T>): Promise<Listing<T>> {
  let datagrams = 0;
  const entries = await read(() => {
    datagrams++;
  });
  return { entries, datagrams };
}

/**
 * Whether a listing shows a table as it was at one time. The kernel remembers how many entries it has sent and counts them
 * off again for the next datagram (ip_vs_genl_dump_dests): what others add meanwhile shows entries twice, what they remove
 * leaves others out.
 */
export function isWhole({ entries, datagrams }: Listing<unknown>): boolean {
  return datagrams <= 1 && entries.length < SURELY_ONE_DATAGRAM;
}

/** The entries of a listing, each once. One that shows an entry twice was disturbed and is read again. */
export async function readUndisturbed<T>(read: ReadEntries<T>, identity: Identity<T>): Promise<T[]> {
  for (let reading = 1; ; reading++) {
    let datagrams = 0;
    const entries = await read(() => {
      datagrams++;
    });
    if (datagrams <= 1 || !hasRepeats(entries, identity)) return entries;
    if (reading === MAX_READINGS) return [...new Map(entries.map((entry) => [identity.idOf(entry), entry])).values()];
  }
}

/** The entries of a listing that was the same twice in a row. */
export async function readConsistent<T>(read: ReadEntries<T>, identity: Identity<T>): Promise<T[]> {
  let last: readonly T[] | undefined;
  for (let reading = 1; reading <= MAX_CONSISTENT_READINGS; reading++) {
    const listing = await readListing(read);
    const { entries } = listing;
    if (isWhole(listing)) return entries;
    const disturbed = hasRepeats(entries, identity);
    if (!disturbed && last && areSame(last, entries, identity)) return entries;
    last = disturbed ? undefined : entries;
  }
  throw new UnstableError(identity.what, MAX_CONSISTENT_READINGS);
}

function hasRepeats<T>(entries: readonly T[], { idOf, mayRepeat }: Identity<T>): boolean {
  if (mayRepeat && !mayRepeat(entries)) return false;
  return new Set(entries.map(idOf)).size < entries.length;
}

function areSame<T>(some: readonly T[], others: readonly T[], { idOf }: Identity<T>): boolean {
  return some.length === others.length && some.every((entry, i) => idOf(entry) === idOf(others[i] as T));
}
