import { isDeepStrictEqual } from 'node:util';
import { type Destination, describeDestination } from '../../ipvs/model/destination.ts';
import type { Service } from '../../ipvs/model/service.ts';
import { describeService } from '../../ipvs/model/service-key.ts';
import type { TableEntry } from '../../ipvs/model/table-entry.ts';

/**
 * A change that was seen, which is a `Change` as well: carried out in order by `applyChange`, they make another table
 * follow. A service that is removed or added is told of after or before its destinations.
 */
export type ObservedChange =
  | { readonly type: 'addService' | 'removeService'; readonly service: Service }
  | { readonly type: 'updateService'; readonly service: Service; readonly before: Service }
  | {
      readonly type: 'addDestination' | 'removeDestination';
      readonly service: Service;
      readonly destination: Destination;
    }
  | {
      readonly type: 'updateDestination';
      readonly service: Service;
      readonly destination: Destination;
      readonly before: Destination;
    };

/** An entry of a table whose destinations can be looked up. */
export interface IndexedEntry {
  readonly service: Service;
  readonly destinations: ReadonlyMap<string, Destination>;
}

/** A table by the texts of its keys. */
export type IndexedTable = ReadonlyMap<string, IndexedEntry>;

/** The table by its keys; what a listing that shifted repeats is there once. */
export function indexTable(table: Iterable<TableEntry>): IndexedTable {
  return new Map(
    Array.from(table, ({ service, destinations }) => [
      describeService(service),
      { service, destinations: new Map(destinations.map((each) => [describeDestination(each), each])) },
    ]),
  );
}

/** What makes a table read later out of one read earlier. Counters are no changes. */
export function compareTables(before: IndexedTable, after: IndexedTable): ObservedChange[] {
  const changes: ObservedChange[] = [];
  for (const [id, { service, destinations }] of before) {
    const left = after.get(id);
    for (const [endpoint, destination] of destinations)
      if (!left?.destinations.has(endpoint)) changes.push({ type: 'removeDestination', service, destination });
    if (!left) changes.push({ type: 'removeService', service });
  }
  for (const [id, { service, destinations }] of after) {
    const known = before.get(id);
    if (!known) changes.push({ type: 'addService', service });
    else if (!sameService(known.service, service))
      changes.push({ type: 'updateService', service, before: known.service });
    for (const [endpoint, destination] of destinations) {
      const old = known?.destinations.get(endpoint);
      if (!old) changes.push({ type: 'addDestination', service, destination });
      else if (!sameDestination(old, destination))
        changes.push({ type: 'updateDestination', service, destination, before: old });
    }
  }
  return changes;
}

function sameService(a: Service, b: Service): boolean {
  return (
    a.scheduler === b.scheduler &&
    isDeepStrictEqual(a.flags, b.flags) &&
    isDeepStrictEqual(a.persistence, b.persistence) &&
    isDeepStrictEqual(a.dormantPersistence, b.dormantPersistence)
  );
}

function sameDestination(a: Destination, b: Destination): boolean {
  return (
    a.weight === b.weight &&
    a.upperThreshold === b.upperThreshold &&
    a.lowerThreshold === b.lowerThreshold &&
    isDeepStrictEqual(a.forwarding, b.forwarding)
  );
}
