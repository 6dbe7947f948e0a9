import { assertIterable } from '../../errors/validate.ts';
import type { Change } from '../../ipvs/change.ts';
import type { Destination, DestinationKey, DestinationSpec } from '../../ipvs/model/destination.ts';
import { diffDestination } from '../../ipvs/model/destination-patch.ts';
import { checkProtocol, type ServiceSpec } from '../../ipvs/model/service.ts';
import type { ServiceKey } from '../../ipvs/model/service-key.ts';
import type { TableEntry } from '../../ipvs/model/table-entry.ts';
import type { EndpointId } from '../../linux/address.ts';
import { checkOptions } from '../check-options.ts';
import { type DesiredEntry, indexDesired, type TableEntrySpec } from './desired.ts';
import { diffService, type Setting } from './diff.ts';
import { destinationId, destinationKeyOf, serviceId, serviceKeyOf } from './identity.ts';
import { compileScope, type Scope } from './scope.ts';

/** Settings that are left as they are wherever an entry exists, for all entries or for each; others own them. */
export type Keep = readonly Setting[] | ((service: ServiceKey, destination?: DestinationKey) => readonly Setting[]);

/** Options of {@link plan}. */
export interface PlanOptions {
  /** The services that are ours; all others are left alone. Default: the whole table is ours. */
  readonly scope?: Scope | undefined;
  /** Settings that are owned by others, such as `['weight']` beside a health checker. Default: none. */
  readonly keep?: Keep | undefined;
}

/** The changes by the order in which they must be carried out. */
interface Phases {
  readonly additions: Change[];
  readonly updates: Change[];
  readonly quiescings: Change[];
  readonly removals: Change[];
  readonly serviceRemovals: Change[];
}

/**
 * The changes that make the current table the desired one: one for each entry that differs, none for one that does not.
 * Pure; nothing is sent.
 *
 * They are ordered so that traffic keeps flowing while they are carried out one by one: additions come first, then
 * updates, then weights that become 0, then removals of destinations, and of services at last. So a service that has a
 * destination of positive weight before and after has one all the time. What exists already is patched, never removed
 * and added again: its connections, and attributes that this package does not know, stay.
 * @param current the table as {@link readTable} reads it; an entry that is there twice counts once
 * @param desired the whole of what is wanted; a setting that is left out is wanted with its default
 * @throws InputError for an invalid scope or an unknown option, and for a wanted entry that is invalid, out of scope or there twice
 * @example
 * ```ts
 * const destinations = [{ address: '10.0.0.5', port: 8080, weight: 2 }];
 * for (const change of plan(await readTable(ipvs), [{ service: web, destinations }])) console.log(change.type);
 * // patchDestination
 * // removeDestination
 * ```
 */
export function plan(
  current: Iterable<TableEntry>,
  desired: Iterable<TableEntrySpec>,
  options: PlanOptions = {},
): Change[] {
  checkOptions(options);
  assertIterable('current', current, 'entries');
  return planner(desired, options)(current);
}

/** Checks what is wanted once, to plan for several readings of the table. Throws InputError. */
export function planner(
  desired: Iterable<TableEntrySpec>,
  { scope, keep = [] }: PlanOptions,
): (current: Iterable<TableEntry>) => Change[] {
  const isOurs = compileScope(scope);
  const kept = typeof keep === 'function' ? keep : () => keep;
  const wanted = indexDesired(desired, isOurs);
  return (current) => planChanges(current, wanted, isOurs, kept);
}

type KeptSettings = (service: ServiceKey, destination?: DestinationKey) => readonly Setting[];

function planChanges(
  current: Iterable<TableEntry>,
  wanted: ReadonlyMap<string, DesiredEntry>,
  isOurs: (service: ServiceKey) => boolean,
  kept: KeptSettings,
): Change[] {
  const phases: Phases = { additions: [], updates: [], quiescings: [], removals: [], serviceRemovals: [] };
  // A listing may show an entry twice, of which the second must not be taken for one that is not wanted.
  const seen = new Set<string>();
  for (const entry of current) {
    if (!isOurs(entry.service)) continue;
    const id = serviceId(entry.service);
    if (seen.has(id)) continue;
    seen.add(id);
    const desiredEntry = wanted.get(id);
    if (desiredEntry) planEntry(phases, entry, desiredEntry, kept);
    else phases.serviceRemovals.push({ type: 'removeService', service: serviceKeyOf(entry.service) });
  }
  const newEntries = [...wanted].flatMap(([id, entry]) => (seen.has(id) ? [] : planNewEntry(entry)));
  const { additions, updates, quiescings, removals, serviceRemovals } = phases;
  return [...newEntries, ...additions, ...updates, ...quiescings, ...removals, ...serviceRemovals];
}

function planNewEntry({ service, destinations }: DesiredEntry): Change[] {
  checkProtocol(service);
  const key = serviceKeyOf(service);
  const addService: Change = { type: 'addService', service: serviceSpecOf(service) };
  return [addService, ...destinations.map((destination) => addition(key, destination))];
}

function planEntry(
  phases: Phases,
  { service, destinations }: TableEntry,
  wanted: DesiredEntry,
  kept: KeptSettings,
): void {
  // Most entries are as wanted: nothing is made for those.
  if (diffService(service, wanted.service, [], wanted.fields)) {
    const key = serviceKeyOf(service);
    const patch = diffService(service, wanted.service, kept(key), wanted.fields);
    if (patch) phases.updates.push({ type: 'patchService', service: key, patch });
  }
  const { length } = destinations;
  // The kernel lists the newest first, so that what was added in order comes in reverse.
  if (isReversed(destinations, wanted.destinations))
    for (let i = 0; i < length; i++)
      planDestination(phases, service, destinations[i] as Destination, wanted.destinations[length - 1 - i], kept);
  else planDestinations(phases, service, destinations, wanted, kept);
}

/** Whether both are of the same destinations, written alike, one in the reverse order of the other. */
function isReversed(current: readonly DestinationKey[], wanted: readonly DestinationKey[]): boolean {
  const { length } = current;
  if (length !== wanted.length) return false;
  for (let i = 0; i < length; i++) {
    const [a, b] = [current[i], wanted[length - 1 - i]];
    if (a?.port !== b?.port || a?.address !== b?.address) return false;
  }
  return true;
}

function planDestinations(
  phases: Phases,
  service: ServiceKey,
  destinations: readonly Destination[],
  wanted: DesiredEntry,
  kept: KeptSettings,
): void {
  const specs = new Map(wanted.ids.map((id, i) => [id, wanted.destinations[i]]));
  const seen = new Set<EndpointId>();
  for (const current of destinations) {
    const id = destinationId(current);
    if (seen.has(id)) continue;
    seen.add(id);
    planDestination(phases, service, current, specs.get(id), kept);
  }
  for (const [i, spec] of wanted.destinations.entries())
    if (!seen.has(wanted.ids[i] as EndpointId)) phases.additions.push(addition(serviceKeyOf(service), spec));
}

function planDestination(
  phases: Phases,
  service: ServiceKey,
  current: Destination,
  wanted: DestinationSpec | undefined,
  kept: KeptSettings,
): void {
  if (wanted && !diffDestination(current, wanted)) return;
  const [key, destination] = [serviceKeyOf(service), destinationKeyOf(current)];
  if (!wanted) {
    phases.removals.push({ type: 'removeDestination', service: key, destination });
    return;
  }
  const patch = diffDestination(current, wanted, kept(key, destination));
  if (!patch) return;
  const phase = patch.weight === 0 ? phases.quiescings : phases.updates;
  phase.push({ type: 'patchDestination', service: key, destination, patch });
}

function addition(service: ServiceKey, destination: DestinationSpec): Change {
  return { type: 'addDestination', service, destination: destinationSpecOf(destination) };
}

/** What is sent of a service, which may have been read: plain settings without counters. */
function serviceSpecOf(spec: ServiceSpec): ServiceSpec {
  const { scheduler, flags, persistence, dormantPersistence } = spec;
  return { ...serviceKeyOf(spec), ...defined({ scheduler, flags, persistence, dormantPersistence }) } as ServiceSpec;
}

function destinationSpecOf(spec: DestinationSpec): DestinationSpec {
  const { forwarding, weight, upperThreshold, lowerThreshold } = spec;
  return { ...destinationKeyOf(spec), ...defined({ forwarding, weight, upperThreshold, lowerThreshold }) };
}

function defined<T extends object>(settings: T): T {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as T;
}
