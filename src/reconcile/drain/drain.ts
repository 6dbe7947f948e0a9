import { assertIterable } from '../../errors/validate.ts';
import type { Change } from '../../ipvs/change.ts';
import type { IpvsClient } from '../../ipvs/client/ipvs-client.ts';
import { IpvsError } from '../../ipvs/errors/ipvs-error.ts';
import { type Destination, type DestinationKey, encodeDestinationKey } from '../../ipvs/model/destination.ts';
import { describeEndpoint, describeService, encodeServiceKey, type ServiceKey } from '../../ipvs/model/service-key.ts';
import type { AbortSignalLike } from '../../linux/abort-signal.ts';
import { canonicalAddress } from '../../linux/address.ts';
import type { OperationOptions } from '../../linux/operation-options.ts';
import { type ApplyResult, type Draining, type Outcome, Outcomes, type Progress } from '../apply/outcome.ts';
import { carryOut, lostAnswer } from '../apply/settle.ts';
import { destinationId, destinationKeyOf, serviceId, serviceKeyOf } from '../plan/identity.ts';
import { sleep } from '../sleep.ts';
import { steadyNow } from '../steady-now.ts';
import { changeDeadlines } from './change-deadlines.ts';
import type { Deadlines } from './deadlines.ts';
import { type DrainOptions, type DrainSettings, drainSettings } from './options.ts';

/** What to drain and remove: a destination, or without one a service with all of its destinations. */
export interface DrainTarget {
  /** The service. */
  readonly service: ServiceKey;
  /** The destination. Default: the service and all of its destinations. */
  readonly destination?: DestinationKey | undefined;
}

/** A change that takes something away. */
export type Removal = Change & { readonly type: 'removeService' | 'removeDestination' };

export function isRemoval(change: Change): change is Removal {
  return change.type === 'removeService' || change.type === 'removeDestination';
}

/** Services read at once. */
const SERVICES = 256;

/** The service at the beginning of a target's name. */
const NAME = /^(?:fwmark (\d+)( inet6)?|(\S+) (?:\[(\S+)\]|([^\s:]+)):(\d+))(?: |$)/;

/**
 * Takes destinations out of service without breaking connections: sets their weight to 0, waits until their connections
 * have ended or their deadline is there, and removes them. However many drain, each service is read once an interval. A
 * weight that others raise meanwhile becomes 0 again.
 *
 * When aborted, what drains is left with weight 0 and can be drained on by another call.
 * @throws InputError for an invalid target or option, before anything is sent; SystemError where deadlines are kept in a
 *   file; the signal's reason. What the kernel refuses is in the result.
 * @example
 * ```ts
 * const { done, cut } = await drain(ipvs, [{ service: web, destination: { address: '10.0.0.5', port: 8080 } }], {
 *   deadline: 600,
 * });
 * console.log(done.length, cut.length); // 1 0
 * ```
 */
export async function drain(
  ipvs: IpvsClient,
  targets: Iterable<DrainTarget>,
  { signal, progress, ...options }: DrainOptions & OperationOptions & { progress?: (progress: Progress) => void } = {},
): Promise<ApplyResult> {
  assertIterable('targets', targets, 'targets');
  const removals = Array.from(targets, removalOf);
  const settings = await drainSettings(options);
  const outcomes = new Outcomes(removals.length, progress);
  await drainInto(outcomes, ipvs, removals, settings, signal);
  return outcomes.result;
}

function removalOf({ service, destination }: DrainTarget): Removal {
  encodeServiceKey(service);
  if (destination === undefined) return { type: 'removeService', service: serviceKeyOf(service) };
  encodeDestinationKey(destination);
  return {
    type: 'removeDestination',
    service: serviceKeyOf(service),
    destination: destinationKeyOf(destination),
  };
}

/** Drains and removes, adding what becomes of each removal to `outcomes`. */
export async function drainInto(
  outcomes: Outcomes,
  ipvs: IpvsClient,
  removals: readonly Removal[],
  settings: DrainSettings,
  signal: AbortSignalLike | undefined,
): Promise<void> {
  const pending = new Map(removals.map((removal) => [drainName(removal), removal]));
  if (signal?.aborted) throw signal.reason;
  const deadlines = await takeDeadlines(pending.keys(), settings);
  const quiesced = new Set<string>();
  while (pending.size > 0) {
    const step = await nextStep(ipvs, pending, deadlines, settings, signal);
    const fresh = step.quiescings.filter(({ name }) => !quiesced.has(name));
    for (const { name } of fresh) quiesced.add(name);
    const settled = [...step.settled, ...(await carryOutStep(ipvs, step))];
    const ended: string[] = [];
    for (const { name, outcome } of settled) {
      if (!pending.delete(name)) continue;
      outcomes.add(outcome);
      if (outcome.status === 'done') outcomes.cut.push(...(step.cut.get(name) ?? []));
      // What failed may be tried again, within the same deadline.
      if (outcome.status !== 'failed') ended.push(name);
    }
    if (ended.length > 0)
      await changeDeadlines(settings.deadlines, (kept) => {
        for (const name of ended) kept.delete(name);
      });
    outcomes.draining = step.draining.flatMap(({ name, destinations }) => (pending.has(name) ? destinations : []));
    outcomes.report();
    // What has just got weight 0 is read at once: it may have no connections.
    if (fresh.length > 0) continue;
    if (!settings.wait) return;
    if (pending.size > 0) await sleep(pause(settings, outcomes.draining), signal);
  }
  outcomes.draining = [];
}

/** Gives what has no deadline one, and brings later ones forward: a shorter one may be wanted, or the clock was ahead. */
function takeDeadlines(names: Iterable<string>, { deadlines, deadline }: DrainSettings): Promise<Deadlines> {
  const latest = steadyNow() + deadline;
  return changeDeadlines(deadlines, (kept) => {
    for (const name of names) kept.set(name, Math.min(kept.get(name) ?? latest, latest));
  });
}

function pause({ interval }: DrainSettings, draining: readonly Draining[]): number {
  const nextDeadline = Math.min(...draining.map(({ deadline }) => deadline));
  return Math.max(0, Math.min(interval, nextDeadline - steadyNow()));
}

interface Step {
  readonly settled: { readonly name: string; readonly outcome: Outcome }[];
  readonly quiescings: { readonly name: string; readonly change: Change }[];
  readonly removals: { readonly name: string; readonly removal: Removal }[];
  readonly draining: { readonly name: string; readonly destinations: readonly Draining[] }[];
  /** The connections that a removal ends. */
  readonly cut: Map<string, readonly Draining[]>;
}

/** Reads the services of what is pending, and decides what is to be done. */
async function nextStep(
  ipvs: IpvsClient,
  pending: ReadonlyMap<string, Removal>,
  deadlines: Deadlines,
  settings: DrainSettings,
  signal: AbortSignalLike | undefined,
): Promise<Step> {
  const lists = await readLists(ipvs, pending.values(), signal);
  const step: Step = { settled: [], quiescings: [], removals: [], draining: [], cut: new Map() };
  for (const [name, removal] of pending) {
    const deadline = deadlines.get(name) ?? 0;
    const list = lists.get(serviceId(removal.service));
    if (list === undefined) step.settled.push({ name, outcome: { status: 'unneeded', change: removal } });
    else if ('destinations' in list) decide(step, name, removal, list.destinations, deadline, settings);
    // A listing whose answer was lost is asked for again with the next step.
    else if (!lostAnswer(list.error) || deadline <= steadyNow())
      step.settled.push({ name, outcome: { status: 'failed', change: removal, error: list.error } });
  }
  return step;
}

function decide(
  step: Step,
  name: string,
  removal: Removal,
  list: readonly Destination[],
  deadline: number,
  { when, templates }: DrainSettings,
): void {
  const { service } = removal;
  const wanted = removal.type === 'removeDestination' ? destinationId(removal.destination) : undefined;
  const own = wanted === undefined ? list : list.filter((each) => destinationId(each) === wanted);
  if (wanted !== undefined && own.length === 0) {
    step.settled.push({ name, outcome: { status: 'unneeded', change: removal } });
    return;
  }
  const drained = own.filter((each) => when(service, each));
  const waitedFor = drained.filter((each) => each.weight > 0 || connectionsOf(each, templates) > 0);
  const draining = waitedFor.map((each) => ({
    service,
    destination: destinationKeyOf(each),
    connections: connectionsOf(each, templates),
    deadline,
  }));
  if (deadline <= steadyNow() || waitedFor.length === 0) {
    step.removals.push({ name, removal });
    step.cut.set(
      name,
      draining.filter(({ connections }) => connections > 0),
    );
    return;
  }
  for (const each of waitedFor.filter(({ weight }) => weight > 0)) {
    const destination = destinationKeyOf(each);
    step.quiescings.push({ name, change: { type: 'patchDestination', service, destination, patch: { weight: 0 } } });
  }
  step.draining.push({ name, destinations: draining });
}

async function carryOutStep(ipvs: IpvsClient, { quiescings, removals }: Step): Promise<Step['settled']> {
  const [quiesced, removed] = await Promise.all([
    carryOut(
      ipvs,
      quiescings.map(({ change }) => change),
    ),
    carryOut(
      ipvs,
      removals.map(({ removal }) => removal),
    ),
  ]);
  const settled = removals.map(({ name }, i) => ({ name, outcome: removed[i] as Outcome }));
  for (const [i, { name }] of quiescings.entries()) {
    const outcome = quiesced[i];
    // One that is gone is found to be so by the next reading.
    if (outcome?.status === 'failed' && !isGone(outcome.error)) settled.push({ name, outcome });
  }
  return settled;
}

function isGone(error: unknown): boolean {
  return error instanceof IpvsError && (error.reason === 'no-such-service' || error.reason === 'no-such-destination');
}

type List = { readonly destinations: readonly Destination[] } | { readonly error: unknown } | undefined;

/** The destinations of each service that something is to be removed from, or why there is no list of them. */
async function readLists(
  ipvs: IpvsClient,
  removals: Iterable<Removal>,
  signal: AbortSignalLike | undefined,
): Promise<Map<string, List>> {
  const services = new Map(Array.from(removals, ({ service }) => [serviceId(service), service]));
  const lists = new Map<string, List>();
  const entries = [...services];
  for (let from = 0; from < entries.length; from += SERVICES) {
    const some = entries.slice(from, from + SERVICES);
    const read = await Promise.all(some.map(([, service]) => readList(ipvs, service, signal)));
    for (const [i, [id]] of some.entries()) lists.set(id, read[i]);
  }
  if (signal?.aborted) throw signal.reason;
  return lists;
}

async function readList(ipvs: IpvsClient, service: ServiceKey, signal: AbortSignalLike | undefined): Promise<List> {
  try {
    return { destinations: await ipvs.destinations(service, { signal }) };
  } catch (error) {
    return isGone(error) ? undefined : { error };
  }
}

function connectionsOf(destination: Destination, templates: boolean): number {
  const { activeConnections, inactiveConnections, persistentConnections } = destination;
  return activeConnections + inactiveConnections + (templates ? persistentConnections : 0);
}

/** A target as the deadlines know it: `tcp 192.0.2.10:80`, `tcp 192.0.2.10:80 10.0.0.5:8080`. */
export function drainName(target: DrainTarget): string {
  const { service, destination } = target;
  const key = service.fwmark === undefined ? { ...service, address: canonicalAddress(service.address) } : service;
  if (!destination) return describeService(key);
  return `${describeService(key)} ${describeEndpoint(canonicalAddress(destination.address), destination.port)}`;
}

/** The service in the name of a target; undefined for a text that is no such name. */
export function drainedService(name: string): ServiceKey | undefined {
  const match = NAME.exec(name);
  if (!match) return undefined;
  const [, mark, inet6, protocol, bracketed, plain, port] = match;
  const key = (
    mark === undefined
      ? { protocol, address: bracketed ?? plain, port: Number(port) }
      : { fwmark: Number(mark), family: inet6 ? 'inet6' : 'inet' }
  ) as ServiceKey;
  try {
    encodeServiceKey(key);
    return key;
  } catch {
    return undefined;
  }
}
