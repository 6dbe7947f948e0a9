import type { DestinationKey, ServiceKey, TableEntry } from '../../../src/ipvs/index.ts';
import { familyOf, parseIPv4, parseIPv6 } from '../../../src/linux/address.ts';

/**
 * Whether ipvsadm has an order for the services of a table, and for the destinations of each. It subtracts numbers of 32
 * bits and takes the difference as signed (`ipvs_cmp_services`, `ipvs_cmp_dests`), so it has none as soon as the first
 * numbers that differ are 2^31 or more apart.
 */
export function hasOrder(table: readonly TableEntry[]): { services: boolean; destinations: boolean } {
  return {
    services: everyPairIsNear(table.map(({ service }) => serviceNumbers(service))),
    destinations: table.every(({ destinations }) => everyPairIsNear(destinations.map(destinationNumbers))),
  };
}

function everyPairIsNear(entries: readonly number[][]): boolean {
  return entries.every((a, i) => entries.slice(0, i).every((b) => Math.abs(firstDifference(a, b)) < 2 ** 31));
}

function firstDifference(a: number[], b: number[]): number {
  return a.map((number, i) => number - (b[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

function serviceNumbers(key: ServiceKey): number[] {
  if (key.fwmark !== undefined) return [key.fwmark];
  const protocol = ['tcp', 'udp', 'sctp'].indexOf(key.protocol);
  return [0, familyOf(key.address) === 'inet6' ? 1 : 0, protocol, ...addressNumbers(key.address)];
}

function destinationNumbers({ address }: DestinationKey): number[] {
  return addressNumbers(address);
}

/** An IPv4 address lies where the first four bytes of an IPv6 address would. */
function addressNumbers(address: string): number[] {
  const number = parseIPv4(address);
  if (number !== undefined) return [number, 0, 0, 0];
  const words = parseIPv6(address);
  return [0, 2, 4, 6].map((i) => (words[i] ?? 0) * 65536 + (words[i + 1] ?? 0));
}
