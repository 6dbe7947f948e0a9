import { type DestinationKey, encodeDestinationKey } from '../ipvs/model/destination.ts';
import { type AddressFamily, encodeServiceKey, protocolNumber, type ServiceKey } from '../ipvs/model/service-key.ts';
import type { TableEntry } from '../ipvs/model/table-entry.ts';
import { families } from '../ipvs/wire/numbers.ts';
import { parseIPv4, parseIPv6 } from '../linux/address.ts';

/**
 * Orders services as ipvsadm does: by firewall mark (0 for an address), family, protocol, address and port, each by its
 * number. ipvsadm compares by signed subtraction (`ipvs_cmp_services`), so two marks or addresses 2^31 or more apart may
 * come the other way round there.
 * @returns negative when `a` comes first, positive when `b` does, 0 when both are the same service
 * @throws InputError for a key that names no service
 * @example
 * ```ts
 * const services = [{ fwmark: 7 }, web].sort(compareServices);
 * console.log(services.map(describeService)); // [ 'tcp 192.0.2.10:80', 'fwmark 7' ]
 * ```
 */
export function compareServices(a: ServiceKey, b: ServiceKey): number {
  return compareRanks(rankService(a), rankService(b));
}

/**
 * Orders destinations of one service as ipvsadm does: by address and port. An IPv4 address takes the place of the first
 * four bytes of an IPv6 address (`ipvs_cmp_dests`). What was said of {@link compareServices} goes for addresses here too.
 * @returns negative when `a` comes first, positive when `b` does, 0 when both are the same destination
 * @throws InputError for a key that names no destination
 * @example
 * ```ts
 * const destinations = (await ipvs.destinations(web)).sort(compareDestinations);
 * console.log(destinations.map(describeDestination)); // [ '10.0.0.5:8080', '10.0.0.6:8080' ]
 * ```
 */
export function compareDestinations(a: DestinationKey, b: DestinationKey): number {
  return compareRanks(rankDestination(a), rankDestination(b));
}

/**
 * The table in ipvsadm's order, services as well as the destinations of each.
 * @example
 * ```ts
 * const [entry] = sortTable(await readTable(ipvs));
 * console.log(entry?.destinations.map(describeDestination)); // [ '10.0.0.5:8080', '10.0.0.6:8080' ]
 * ```
 */
export function sortTable(table: Iterable<TableEntry>): TableEntry[] {
  const entries = sortBy([...table], ({ service }) => rankService(service));
  return entries.map(({ service, destinations }) => ({ service, destinations: sortBy(destinations, rankDestination) }));
}

/** What an entry is ordered by: numbers of 16 bits, as a text because those are compared fastest. */
type Rank = string;

function compareRanks(a: Rank, b: Rank): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Each rank is made once, since addresses take longer to read than to compare. */
function sortBy<T>(entries: readonly T[], rank: (entry: T) => Rank): T[] {
  if (entries.length < 2) return [...entries];
  return entries
    .map((entry) => ({ entry, rank: rank(entry) }))
    .sort((a, b) => compareRanks(a.rank, b.rank))
    .map(({ entry }) => entry);
}

function rankService(key: ServiceKey): Rank {
  const { fwmark = 0, family, protocol, address = '0.0.0.0', port = 0 } = encodeServiceKey(key);
  const transport = protocol === undefined ? 0 : protocolNumber(protocol);
  return `${String.fromCharCode(fwmark >>> 16, fwmark & 0xffff, families[family as AddressFamily], transport)}${rankAddress(address, port)}`;
}

function rankDestination(key: DestinationKey): Rank {
  const { family, address, port } = encodeDestinationKey(key);
  return rankAddress(address, port) + String.fromCharCode(families[family]);
}

/** An IPv4 address is two numbers, followed by zeros. */
function rankAddress(address: string, port: number): Rank {
  const number = parseIPv4(address);
  if (number !== undefined) return String.fromCharCode(number >>> 16, number & 0xffff, 0, 0, 0, 0, 0, 0, port);
  return String.fromCharCode(...parseIPv6(address), port);
}
