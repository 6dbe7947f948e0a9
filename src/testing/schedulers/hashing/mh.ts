import type { RealServer } from '../../servers/real-server.ts';
import { greatestCommonDivisor } from '../greatest-common-divisor.ts';
import type { ScheduledService, Scheduler, Surroundings } from '../scheduler.ts';
import { foldAddress } from './address-hash.ts';
import { lookUp, portOf } from './look-up.ts';
import { sipHash13 } from './siphash.ts';

/** Entries of the table, and the bits that a weight has in it: CONFIG_IP_VS_MH_TAB_INDEX is 12. */
export const TABLE_SIZE = 4093;
const WEIGHT_BITS = 6;

/** generate_hash_secret */
const KEYS = [2654435761, 2654446892] as const;

/**
 * Maglev hashing: the client's address decides, with the flag `mh-port` its port too, by a table of which most stays as it
 * is when a destination comes or goes (net/netfilter/ipvs/ip_vs_mh.c). A destination of weight 0 keeps its entries.
 */
export function mh(service: ScheduledService, { littleEndian }: Surroundings): Scheduler {
  const { identity, destinations } = service;
  const orders = new WeakMap<RealServer, Order>();
  let table: readonly (RealServer | undefined)[] = [];
  let stale = true;

  const rebuild = () => {
    stale = false;
    table = fill(destinations.list(), (each) => {
      const order = orders.get(each) ?? orderOf(identity.family, each, littleEndian);
      orders.set(each, order);
      return order;
    });
  };
  const changed = () => {
    stale ||= destinations.size <= TABLE_SIZE;
    // With one more the table stays as it is now.
    if (stale && destinations.size === TABLE_SIZE) rebuild();
  };
  return {
    schedule(packet) {
      if (stale) rebuild();
      const value = portOf(packet, service) + foldAddress(identity.family, packet.sourceAddress);
      return lookUp(table, TABLE_SIZE, service, (offset) => hash(offset + value, KEYS[0], littleEndian) % TABLE_SIZE);
    },
    added: changed,
    removed: changed,
    updated: changed,
  };
}

/** The order in which a destination prefers the entries of the table: from `start` on by `skip` (ip_vs_mh_permutate). */
interface Order {
  readonly start: number;
  readonly skip: number;
}

function orderOf(family: number, { identity: { address, port } }: RealServer, littleEndian: boolean): Order {
  const value = foldAddress(family, address) + port;
  const [start, skip] = KEYS.map((key) => hash(value, key, littleEndian)) as [number, number];
  return { start: start % TABLE_SIZE, skip: (skip % (TABLE_SIZE - 1)) + 1 };
}

/** Hashes a number by its bytes in memory, which differ with the byte order (ip_vs_mh_hashkey). */
function hash(value: number, key: number, littleEndian: boolean): number {
  return sipHash13(littleEndian ? value : swapped(value), key);
}

function swapped(value: number): number {
  return ((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}

/** ip_vs_mh_populate: in turn each destination takes as many free entries as its share is. */
function fill(destinations: readonly RealServer[], orderOf: (destination: RealServer) => Order): RealServer[] {
  const takers = shares(destinations).map(({ destination, share }) => {
    const { start, skip } = orderOf(destination);
    return { destination, share, skip, next: start };
  });
  const table: RealServer[] = new Array(TABLE_SIZE);
  if (takers.length === 0) return table;
  for (let filled = 0; filled < TABLE_SIZE; )
    for (const taker of takers)
      for (let i = 0; i < taker.share && filled < TABLE_SIZE; i++, filled++) {
        while (table[taker.next]) taker.next = (taker.next + taker.skip) % TABLE_SIZE;
        table[taker.next] = taker.destination;
      }
  return table;
}

/** The destinations that have a share of the table, and entries of it for each turn (ip_vs_mh_gcd_weight, ip_vs_mh_shift_weight). */
function shares(destinations: readonly RealServer[]): { destination: RealServer; share: number }[] {
  const weighty = destinations.filter(({ lastWeight }) => lastWeight > 0);
  const divisor = weighty.reduce((sofar, { lastWeight }) => greatestCommonDivisor(lastWeight, sofar), 0);
  const greatest = weighty.reduce((sofar, { lastWeight }) => Math.max(sofar, lastWeight), 0);
  const shift = Math.max(0, 32 - Math.clz32(greatest / divisor) - WEIGHT_BITS);
  return weighty.map((destination) => ({
    destination,
    share: Math.max(1, (destination.lastWeight / divisor) >> shift),
  }));
}
