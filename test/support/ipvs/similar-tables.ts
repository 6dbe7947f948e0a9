import fc from 'fast-check';
import type { DestinationKey, ServiceKey, TableEntry } from '../../../src/ipvs/index.ts';
import type { TableEntrySpec } from '../../../src/reconcile/index.ts';
import {
  arbitraryDestinations,
  arbitraryServiceWith,
  expectedDestination,
  expectedService,
  familyOf,
} from './arbitrary.ts';

export const keys: readonly [ServiceKey, ...ServiceKey[]] = [
  { protocol: 'tcp', address: '192.0.2.10', port: 80 },
  { protocol: 'udp', address: '192.0.2.10', port: 80 },
  { protocol: 'tcp', address: '192.0.2.11', port: 443 },
  { protocol: 'sctp', address: '2001:db8::10', port: 80 },
  { protocol: 'tcp', address: '2001:db8::11', port: 443 },
  { fwmark: 7, family: 'inet' },
  { fwmark: 7, family: 'inet6' },
];
export const servers = ['10.0.0.5', '10.0.0.6', '2001:db8::5'].flatMap((address) => [
  { address, port: 80 },
  { address, port: 8080 },
]) as [DestinationKey, ...DestinationKey[]];

/** Tables of few keys, so that two of them have many entries in common. */
export function similarTable(kernel: string): fc.Arbitrary<TableEntrySpec[]> {
  const entry = fc.constantFrom(...keys).chain((key) =>
    fc
      .record({
        service: arbitraryServiceWith(kernel, key),
        destinations: arbitraryDestinations(key, fc.constantFrom(...servers)),
        dormant: fc.boolean(),
      })
      .map(({ service, destinations, dormant }) => ({
        service: dormant ? asDormant(service) : service,
        destinations: destinations.map((each) => ({ ...each, weight: (each.weight ?? 1) % 3 })),
      })),
  );
  return fc.uniqueArray(entry, { maxLength: 6, selector: ({ service }) => nameOf(service) });
}

/** Two tables, the second of which may leave many entries of the first as they are. */
export function similarTables(kernel: string): fc.Arbitrary<readonly [TableEntrySpec[], TableEntrySpec[]]> {
  const unchanged = fc.array(fc.boolean(), { minLength: keys.length, maxLength: keys.length });
  return fc.tuple(similarTable(kernel), similarTable(kernel), unchanged).map(([a, b, unchanged]) => {
    const inA = new Map(a.map((entry) => [nameOf(entry.service), entry]));
    return [a, b.map((entry, i) => (unchanged[i] ? (inA.get(nameOf(entry.service)) ?? entry) : entry))];
  });
}

/** What a table is read as, in a stable order and without the order of destinations. */
export function expectedTable(table: readonly TableEntrySpec[]): TableEntry[] {
  return sortedTable(
    table.map(({ service, destinations }) => ({
      service: expectedService(service),
      destinations: destinations.map(expectedDestination),
    })),
  );
}

export function sortedTable(table: readonly TableEntry[]): TableEntry[] {
  return table
    .map(({ service, destinations }) => ({ service, destinations: destinations.toSorted(by(destinationName)) }))
    .sort(by(({ service }) => nameOf(service)));
}

function destinationName({ address, port }: DestinationKey): string {
  return `${address} ${port}`;
}

function by<T>(name: (entry: T) => string): (a: T, b: T) => number {
  return (a, b) => (name(a) < name(b) ? -1 : 1);
}

/** A key as text; all keys here are written in one way. */
export function nameOf(key: ServiceKey): string {
  return 'fwmark' in key && key.fwmark !== undefined
    ? `${key.fwmark} ${familyOf(key)}`
    : `${(key as { protocol: string }).protocol} ${(key as { address: string }).address} ${(key as { port: number }).port}`;
}

/** A persistence that is switched off but stored. */
function asDormant<T extends TableEntrySpec['service']>({ persistence, ...service }: T): T {
  const family = familyOf(service);
  const mask = family === 'inet6' ? { prefixLength: 128 } : { netmask: '255.255.255.255' };
  return (persistence ? { ...service, dormantPersistence: { ...mask, ...persistence } } : service) as T;
}
