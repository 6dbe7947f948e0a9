import fc from 'fast-check';
import type { DestinationSpec, Ipvs, ServiceSpec, TableEntry } from '../../../src/ipvs/index.ts';
import { arbitraryDestinations, arbitraryService } from './arbitrary.ts';

/** A service to be, with its destinations. */
export type Entry = readonly [service: ServiceSpec, destinations: readonly DestinationSpec[]];

/** Tables of up to so many services. */
export function arbitraryTable(kernel: string, maxLength: number): fc.Arbitrary<Entry[]> {
  const entry = arbitraryService(kernel).chain((service) =>
    fc.tuple(fc.constant(service), arbitraryDestinations(service)),
  );
  return fc.uniqueArray(entry, { maxLength, selector: ([service]) => keyOf(service) });
}

export async function writeTable(ipvs: Ipvs, entries: readonly Entry[]): Promise<void> {
  await Promise.all(
    entries.flatMap(([service, destinations]) => [
      ipvs.addService(service),
      ...destinations.map((destination) => ipvs.addDestination(service, destination)),
    ]),
  );
}

export async function readTable(ipvs: Ipvs): Promise<TableEntry[]> {
  const table: TableEntry[] = [];
  for await (const entry of ipvs.table()) table.push(entry);
  return table;
}

function keyOf(service: ServiceSpec): string {
  return 'fwmark' in service
    ? `${service.fwmark} ${service.family}`
    : `${service.protocol} ${service.address} ${service.port}`;
}
