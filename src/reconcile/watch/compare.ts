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
  | {
      /** A service is new, or gone. */
      readonly type: 'addService' | 'removeService';
      /** The service as it is, or as it was last. */
      readonly service: Service;
    }
  | {
      /** A service is set up otherwise. */
      readonly type: 'updateService';
      /** The service as it is. */
      readonly service: Service;
      /** The service as it was. */
      readonly before: Service;
    }
  | {
      /** A destination is new, or gone. */
      readonly type: 'addDestination' | 'removeDestination';
      /** Its service. */
      readonly service: Service;
      /** The destination as it is, or as it was last. */
      readonly destination: Destination;
    }
  | {
      /** A destination is set up otherwise. */
      readonly type: 'updateDestination';
      /** Its service. */
      readonly service: Service;
      /** The destination as it is. */
      readonly destination: Destination;
      /** The destination as it was. */
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
