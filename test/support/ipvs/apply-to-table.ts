import type {
  Change,
  Destination,
  DestinationKey,
  Persistence,
  Service,
  ServiceKey,
  ServicePatch,
  TableEntry,
} from '../../../src/ipvs/index.ts';
import { expectedDestination, expectedService } from './arbitrary.ts';
import { nameOf } from './similar-tables.ts';

/** What becomes of a table by a change, by the documentation of the methods alone. Throws where a method would reject. */
export function applyToTable(table: readonly TableEntry[], change: Change): TableEntry[] {
  switch (change.type) {
    case 'addService':
      if (table.some(({ service }) => nameOf(service) === nameOf(change.service))) throw new Error('exists');
      return [...table, { service: expectedService(change.service), destinations: [] }];
    case 'removeService':
      entryOf(table, change.service);
      return table.filter(({ service }) => nameOf(service) !== nameOf(change.service));
    case 'patchService':
      return replace(table, change.service, (entry) => ({ ...entry, service: patched(entry.service, change.patch) }));
    case 'addDestination':
      return withDestinations(table, change.service, (destinations) => {
        if (destinations.some((each) => same(each, change.destination))) throw new Error('exists');
        return [expectedDestination(change.destination), ...destinations];
      });
    case 'removeDestination':
      return withDestinations(table, change.service, (destinations) => {
        if (!destinations.some((each) => same(each, change.destination))) throw new Error('no such destination');
        return destinations.filter((each) => !same(each, change.destination));
      });
    case 'patchDestination':
      return withDestinations(table, change.service, (destinations) => {
        if (!destinations.some((each) => same(each, change.destination))) throw new Error('no such destination');
        return destinations.map((each) =>
          same(each, change.destination) ? ({ ...each, ...change.patch } as Destination) : each,
        );
      });
    default:
      throw new Error(`${change.type} has no place in a plan`);
  }
}

function same(a: DestinationKey, b: DestinationKey): boolean {
  return a.address === b.address && a.port === b.port;
}

function entryOf(table: readonly TableEntry[], key: ServiceKey): TableEntry {
  const entry = table.find(({ service }) => nameOf(service) === nameOf(key));
  if (!entry) throw new Error('no such service');
  return entry;
}

function replace(table: readonly TableEntry[], key: ServiceKey, by: (entry: TableEntry) => TableEntry): TableEntry[] {
  const entry = entryOf(table, key);
  return table.map((each) => (each === entry ? by(entry) : each));
}

function withDestinations(
  table: readonly TableEntry[],
  key: ServiceKey,
  by: (destinations: readonly Destination[]) => readonly Destination[],
): TableEntry[] {
  return replace(table, key, ({ service, destinations }) => ({ service, destinations: by(destinations) }));
}

/** Flags by bits, since the same bit has another name under another scheduler. */
const names: readonly (readonly string[])[] = [
  ['sh-fallback', 'mh-fallback', 'flag-1'],
  ['sh-port', 'mh-port', 'flag-2'],
];

function patched(service: Service, patch: ServicePatch): Service {
  const { persistence: on, dormantPersistence: off, ...rest } = service;
  const stored = on ?? off;
  const scheduler = patch.scheduler ?? service.scheduler;
  const flags = new Set(Object.keys(service.flags).map((name) => nameUnder(scheduler, name)));
  for (const [name, value] of Object.entries(patch.flags ?? {})) value ? flags.add(name) : flags.delete(name);
  const next = { ...rest, scheduler, flags: Object.fromEntries([...flags].map((name) => [name, true])) };
  if (patch.dormantPersistence) return { ...next, dormantPersistence: patch.dormantPersistence } as Service;
  if (patch.persistence === null) return next as Service;
  if (patch.persistence === undefined)
    return { ...next, ...(on ? { persistence: on } : off && { dormantPersistence: off }) } as Service;
  const { engine, ...given } = patch.persistence;
  const { engine: storedEngine, ...before } = stored ?? {};
  const nextEngine = engine === undefined ? storedEngine : engine;
  const persistence = { ...before, ...given, ...(nextEngine && { engine: nextEngine }) } as Persistence;
  return expectedService({ ...next, persistence });
}

function nameUnder(scheduler: string, name: string): string {
  const alike = names.find((each) => each.includes(name));
  if (!alike) return name;
  return (
    alike.find((each) => each.startsWith(`${scheduler}-`)) ?? alike.find((each) => each.startsWith('flag-')) ?? name
  );
}
