import { describeService, type ServiceKey } from 'ipvs';
import {
  type DeadlineStore,
  type Draining,
  type DrainOptions,
  drain,
  reconcile,
  type TableEntrySpec,
} from 'ipvs/reconcile';
import { type DesiredChanges, type Difference, type Element, elementId } from '../desired/index.ts';
import { Ledger } from './ledger.ts';
import type { FlowService, NodePlane } from './node-plane.ts';
import { recordedServices, replacedBy } from './record.ts';
import { type Pass, Round } from './round.ts';

/** Options of a {@link Programmer}. */
export interface ProgrammerOptions {
  /** Seconds after which an endpoint that is not wanted any more is removed although it has connections. */
  readonly drainDeadline: number;
  readonly deadlines: DeadlineStore;
}

/**
 * Makes the node as it is wanted, in the order in which nothing goes astray: members of the packet filter's sets, virtual
 * services with their destinations, addresses; and the other way round for what goes. What fails is tried again by the
 * next pass, and stops only what needs it.
 *
 * It changes what is its own: what is recorded in the packet filter's sets, on addresses of its interface, or wanted. All
 * other services of the table are left alone.
 */
export class Programmer {
  readonly #plane: NodePlane;
  readonly #options: ProgrammerOptions;
  readonly #services = new Map<string, TableEntrySpec>();
  readonly #elements = new Ledger<Element>(elementId);
  readonly #addresses = new Ledger<string>((address) => address);
  /** Services to be looked at: what changed, and what failed. */
  readonly #pending = new Map<string, ServiceKey>();
  #draining: readonly Draining[] = [];
  /** Whether it is known what stands of the agent's, and what was made before a restart. */
  #isAdopted = false;
  /** Whether the members of the sets are those that are noted. */
  #isFilterKnown = false;
  #foreign = 0;

  constructor(plane: NodePlane, options: ProgrammerOptions) {
    this.#plane = plane;
    this.#options = options;
  }

  /** Destinations that are not wanted and still have connections. */
  get draining(): readonly Draining[] {
    return this.#draining;
  }

  /** Services that were in the table at the last full pass and are not the agent's. */
  get foreign(): number {
    return this.#foreign;
  }

  /** Whether a full pass has read what stands: until then, what was made before a restart is not known. */
  get isAdopted(): boolean {
    return this.#isAdopted;
  }

  /** Whether something waits for a pass. */
  get isPending(): boolean {
    return this.#pending.size > 0 || this.#elements.isDifferent || this.#addresses.isDifferent || !this.#isFilterKnown;
  }

  /** Takes what is different in what is wanted, for the next pass. */
  take({ services, addresses, elements }: Pick<DesiredChanges, 'services' | 'addresses' | 'elements'>): void {
    for (const { entry } of services.removed) this.#services.delete(this.#touch(entry.service));
    for (const each of services.changed) this.#services.set(this.#touch(each.entry.service), each.entry);
    this.#elements.unwant(elements.removed);
    this.#elements.want(elements.added);
    this.#addresses.unwant(addresses.removed);
    this.#addresses.want(addresses.added);
  }

  /**
   * Reads all that there is and makes it as it is wanted: the first pass, and one from time to time, since others change
   * things too. Rejects where it cannot be read.
   */
  async fullPass(signal?: AbortSignal): Promise<Pass> {
    const { filter, addresses, ipvs } = this.#plane;
    const [elements, bound, table] = await Promise.all([
      this.#isAdopted ? [...this.#elements.present.values()] : filter.recorded(signal),
      addresses.list(signal),
      ipvs.services({ signal }),
    ]);
    this.#elements.found(elements);
    this.#isAdopted = true;
    this.#isFilterKnown = false; // others may have changed the sets
    this.#addresses.found(bound);
    const recorded = new Set(elements.flatMap(recordedServices));
    this.#foreign = 0;
    for (const service of table) {
      const id = describeService(service);
      const isBound = service.address !== undefined && this.#addresses.present.has(service.address);
      if (this.#services.has(id) || recorded.has(id) || isBound) this.#touch(service);
      else this.#foreign++;
    }
    for (const { service } of this.#services.values()) this.#touch(service);
    return this.pass(signal);
  }

  /**
   * Programs what is pending, at a cost of that alone; after a first {@link fullPass}. Rejects with the signal's reason; what
   * else goes wrong is in the result.
   */
  async pass(signal?: AbortSignal): Promise<Pass> {
    const touched = new Map(this.#pending);
    this.#pending.clear();
    const round = new Round();
    const isFiltered = await round.attempt('packet filter', () => this.#addElements(round, signal));
    try {
      const wanted = await this.#wantedOf(touched, isFiltered, signal);
      await this.#program(round, wanted, signal);
      if (isFiltered) await this.#bind(round, signal);
      await this.#unbind(round, signal);
      await this.#remove(
        round,
        [...touched].filter(([id]) => !this.#services.has(id)),
        signal,
      );
    } catch (error) {
      for (const [id, key] of touched) this.#pending.set(id, key);
      if (signal?.aborted) throw signal.reason;
      round.fail('IPVS', error);
      return round.result;
    }
    for (const id of round.failed) this.#pending.set(id, touched.get(id) as ServiceKey);
    await this.#removeFlows(round, touched, signal);
    await round.attempt('packet filter', () => this.#removeElements(round, signal));
    if (signal?.aborted) throw signal.reason;
    return round.result;
  }

  /** Removes destinations that have drained, or have reached their deadline. */
  async tick(signal?: AbortSignal): Promise<void> {
    if (this.#draining.length === 0) return;
    const { draining, failed } = await drain(this.#plane.ipvs, this.#draining, { ...this.#drainOptions, signal });
    this.#draining = draining;
    for (const { change } of failed) if ('service' in change && change.service) this.#touch(change.service);
  }

  get #drainOptions(): DrainOptions {
    const { drainDeadline: deadline, deadlines } = this.#options;
    // Flows of UDP have no end, and an association of SCTP moves by itself: expire_nodest_conn ends both.
    const when = ({ fwmark, protocol }: ServiceKey) => fwmark !== undefined || protocol === 'tcp';
    return { wait: false, deadline, deadlines, when, templates: false };
  }

  #touch(service: ServiceKey): string {
    const id = describeService(service);
    this.#pending.set(id, keyOf(service));
    return id;
  }

  /** Adds the missing members; all, in place of whatever stands, where that is not known. */
  async #addElements(round: Round, signal: AbortSignal | undefined): Promise<void> {
    const { missing: added, surplus } = this.#elements;
    const removed = replacedBy(added, surplus);
    if (!this.#isFilterKnown || [...added, ...surplus].some(isReplaced)) {
      const gone = new Set(removed);
      const kept = surplus.filter((element) => !isReplaced(element) && !gone.has(element));
      const members = [...this.#elements.wanted.values(), ...kept];
      round.elements += await this.#plane.filter.replace(members, signal);
      this.#elements.found(members);
      this.#isFilterKnown = true;
    } else if (added.length > 0) await this.#changeElements(round, { added, removed }, signal);
  }

  /** The record of a service that could not be removed stays, or nobody would know whose it is. */
  async #removeElements(round: Round, signal: AbortSignal | undefined): Promise<void> {
    const removed = this.#elements.surplus.filter(
      (element) => !recordedServices(element).some((id) => round.failed.has(id)),
    );
    if (this.#isFilterKnown && removed.length > 0) await this.#changeElements(round, { added: [], removed }, signal);
  }

  async #changeElements(round: Round, difference: Difference<Element>, signal: AbortSignal | undefined): Promise<void> {
    this.#isFilterKnown = false; // what is refused may be so because others changed the sets
    round.elements += await this.#plane.filter.change(difference, signal);
    this.#elements.removed(difference.removed);
    this.#elements.added(difference.added);
    this.#isFilterKnown = true;
  }

  /**
   * What is wanted of the services in question. A new one must not be reached before the packet filter knows it: it waits
   * where that failed, while those that exist go on to change.
   */
  async #wantedOf(
    touched: ReadonlyMap<string, ServiceKey>,
    isFiltered: boolean,
    signal: AbortSignal | undefined,
  ): Promise<TableEntrySpec[]> {
    const wanted: TableEntrySpec[] = [];
    for (const [id, key] of touched) {
      const entry = this.#services.get(id);
      if (!entry) continue;
      if (isFiltered || (await this.#plane.ipvs.service(key, { signal }))) wanted.push(entry);
      else this.#touch(key);
    }
    return wanted;
  }

  async #program(round: Round, wanted: readonly TableEntrySpec[], signal: AbortSignal | undefined): Promise<void> {
    if (wanted.length === 0) return;
    const services = wanted.map(({ service }) => keyOf(service));
    this.#forgetDraining(services);
    const result = await reconcile(this.#plane.ipvs, wanted, { services, drain: this.#drainOptions, signal });
    this.#draining = [...this.#draining, ...result.draining];
    round.reconciled(result);
  }

  /** Removes services with all of their destinations at once: whoever deletes a Service wants it gone. */
  async #remove(
    round: Round,
    gone: readonly (readonly [id: string, key: ServiceKey])[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (gone.length === 0) return;
    const services = gone.map(([, key]) => key);
    this.#forgetDraining(services);
    // Nothing is drained, but deadlines are forgotten.
    const drain = { ...this.#drainOptions, when: () => false };
    round.reconciled(await reconcile(this.#plane.ipvs, [], { services, drain, signal }));
  }

  #forgetDraining(services: readonly ServiceKey[]): void {
    if (this.#draining.length === 0) return;
    const ids = new Set(services.map(describeService));
    this.#draining = this.#draining.filter(({ service }) => !ids.has(describeService(service)));
  }

  async #bind(round: Round, signal: AbortSignal | undefined): Promise<void> {
    const missing = this.#addresses.missing;
    if (missing.length === 0) return;
    const refused = await this.#plane.addresses.bind(missing, signal);
    this.#addresses.added(round.addressed(missing, refused));
  }

  async #unbind(round: Round, signal: AbortSignal | undefined): Promise<void> {
    const surplus = this.#addresses.surplus;
    if (surplus.length === 0) return;
    const refused = await this.#plane.addresses.unbind(surplus, signal);
    this.#addresses.removed(round.addressed(surplus, refused));
  }

  async #removeFlows(
    round: Round,
    touched: ReadonlyMap<string, ServiceKey>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const services = [...touched].flatMap(([id, key]): FlowService[] => {
      if (key.fwmark !== undefined || key.protocol !== 'udp') return [];
      const endpoints = this.#services.get(id)?.destinations;
      // Without an endpoint there is nobody whom the client should reach instead.
      return endpoints?.length === 0 ? [] : [{ address: key.address, port: key.port, endpoints: endpoints ?? [] }];
    });
    if (services.length === 0) return;
    const isDone = await round.attempt('conntrack', async () => {
      round.flows += await this.#plane.flows.removeStale(services, signal);
    });
    if (!isDone) for (const { address, port } of services) this.#touch({ protocol: 'udp', address, port });
  }
}

/** Networks may overlap, so that their set is only changed as a whole. */
function isReplaced({ set }: Element): boolean {
  return set === 'pods';
}

function keyOf(service: ServiceKey): ServiceKey {
  if (service.fwmark !== undefined) return { fwmark: service.fwmark, family: service.family };
  return { protocol: service.protocol, address: service.address, port: service.port };
}
