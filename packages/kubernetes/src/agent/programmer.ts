import { describeService, type ServiceKey } from 'ipvs';
import type { DeadlineStore, Draining } from 'ipvs/reconcile';
import type { DesiredChanges, VirtualService } from '../desired/index.ts';
import { Bindings } from './bindings.ts';
import { FilterMembers } from './filter-members.ts';
import type { FlowService, NodePlane } from './node-plane.ts';
import { addPasses, noPass, type Pass, Round } from './round.ts';
import { ServiceQueue } from './service-queue.ts';
import { keyOf, type ServiceKeys, VirtualServices } from './virtual-services.ts';

/** Options of a {@link Programmer}. */
export interface ProgrammerOptions {
  /** Seconds after which an endpoint that is not wanted any more is removed although it has connections. */
  readonly drainDeadline: number;
  readonly deadlines: DeadlineStore;
}

/** Services compared at once: a change that comes meanwhile waits for so many. */
const PIECE = 16;

/** A full pass under way: what is still to be compared, and what the pass did so far. */
interface Comparison {
  readonly services: ServiceQueue;
  /** Services of UDP that were compared. Their flows are looked for once, at the end. */
  readonly udp: Map<string, ServiceKey>;
  done: Pass;
}

/**
 * Makes the node as it is wanted, in the order in which nothing goes astray: members of the packet filter's sets, virtual
 * services with their destinations, addresses; and the other way round for what goes. What fails stops only what needs it.
 *
 * A {@link pass} programs what has changed, and a {@link retry} what failed as well. Since others change things too, a full
 * pass compares everything from time to time: a {@link survey} finds what there is, and {@link compare} looks at it piece by
 * piece, so that changes need not wait.
 * An address is bound when no service of it waits in any line.
 *
 * It changes what is its own: what is recorded in the packet filter's sets, on addresses of its interface, or wanted. All
 * other services of the table are left alone.
 */
export class Programmer {
  readonly #plane: NodePlane;
  readonly #members: FilterMembers;
  readonly #services: VirtualServices;
  readonly #bindings: Bindings;
  readonly #changed = new ServiceQueue();
  /** Services that could not be programmed. */
  readonly #failed = new ServiceQueue();
  /** Services of UDP whose flows could not be looked for. */
  readonly #flows = new Map<string, ServiceKey>();
  /** Whether a whole part of the node could not be programmed when it was last tried. */
  #isBlocked = false;
  #comparison: Comparison | undefined;
  #isSurveyed = false;
  #isAdopted = false;
  #foreign = 0;

  constructor(plane: NodePlane, options: ProgrammerOptions) {
    this.#plane = plane;
    this.#members = new FilterMembers(plane.filter);
    this.#services = new VirtualServices(plane.ipvs, options);
    this.#bindings = new Bindings(plane.addresses);
  }

  /** Destinations that are not wanted and still have connections. */
  get draining(): readonly Draining[] {
    return this.#services.draining;
  }

  /** Services that were in the table at the last survey and are not the agent's. */
  get foreign(): number {
    return this.#foreign;
  }

  /** Whether a survey has found what stands: until then, what was made before a restart is not known. */
  get isSurveyed(): boolean {
    return this.#isSurveyed;
  }

  /** Whether a full pass is under way. */
  get isComparing(): boolean {
    return this.#comparison !== undefined;
  }

  /** Whether something is known to be other than it is wanted; also until the first full pass has compared everything. */
  get isPending(): boolean {
    const isWaiting = this.#changed.size + this.#failed.size + this.#flows.size > 0;
    return !this.#isAdopted || isWaiting || this.#members.isPending || this.#bindings.isPending;
  }

  /** Takes what is different in what is wanted, for the next pass. */
  take({ services, addresses, elements }: Pick<DesiredChanges, 'services' | 'addresses' | 'elements'>): void {
    for (const service of this.#services.take(services)) {
      this.#failed.delete(describeService(service));
      this.#changed.add(service);
    }
    this.#members.take(elements);
    this.#bindings.take(addresses);
  }

  /** Programs what has changed, at a cost of that alone. Rejects with the signal's reason; all other failures are in the result. */
  pass(signal?: AbortSignal): Promise<Pass> {
    return this.#pass(this.#changed.take(), new Map(), false, signal);
  }

  /** A pass that tries again what failed. */
  retry(signal?: AbortSignal): Promise<Pass> {
    const services = new Map([...this.#failed.take(), ...this.#changed.take()]);
    return this.#pass(services, new Map(this.#flows), true, signal);
  }

  async #pass(
    services: ServiceKeys,
    flows: ServiceKeys,
    isRetry: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Pass> {
    for (const id of services.keys()) this.#comparison?.services.delete(id);
    const round = new Round();
    try {
      await this.#program(round, services, signal);
      await this.#removeFlows(round, new Map([...flows, ...udpOf(services)]), signal);
    } catch (error) {
      for (const service of services.values()) this.#failed.add(service);
      if (signal?.aborted) throw signal.reason;
      round.fail('IPVS', error);
    }
    return this.#judge(round.result, isRetry);
  }

  /** A pass is not complete either while a part of the node, which it did not try, waits for a retry. */
  #judge(pass: Pass, isRetry: boolean): Pass {
    if (!pass.isComplete) this.#isBlocked = true;
    if (!this.isPending || (pass.isComplete && isRetry)) this.#isBlocked = false;
    // Before the first full pass is done, it is not known what else is other than it is wanted.
    return { ...pass, isComplete: this.#isAdopted && !this.#isBlocked };
  }

  /**
   * Reads all that there is, for {@link compare}. Passes may be made meanwhile, and what was compared by an earlier full pass
   * must be done with. Rejects where something cannot be read.
   */
  async survey(signal?: AbortSignal): Promise<void> {
    const [table] = await Promise.all([
      this.#services.list(signal),
      this.#members.survey(signal),
      this.#bindings.survey(signal),
    ]);
    const { wanted } = this.#services;
    const others = table.filter((service) => !wanted.has(describeService(service)));
    const recorded: ReadonlySet<string> = others.length > 0 ? this.#members.recordedServices() : new Set();
    const isOurs = (service: ServiceKey) =>
      recorded.has(describeService(service)) || (service.address !== undefined && this.#bindings.has(service.address));
    const surplus = others.filter(isOurs);
    this.#foreign = others.length - surplus.length;
    const services = new ServiceQueue();
    for (const service of surplus) services.add(keyOf(service));
    for (const service of marksFirst(wanted.values())) services.add(service);
    if (!this.#isSurveyed) this.#changed.take(); // everything is compared anyway, and piece by piece
    this.#comparison = { services, udp: new Map(), done: noPass };
    this.#isSurveyed = true;
  }

  /**
   * Compares a piece of what the survey found, and makes it as it is wanted. Resolves to what the full pass did if this was its
   * last piece. Rejects where it cannot be read, and tries the same again the next time.
   */
  async compare(signal?: AbortSignal): Promise<Pass | undefined> {
    const comparison = this.#comparison;
    if (!comparison) return noPass;
    const piece = comparison.services.take(PIECE);
    for (const id of piece.keys()) {
      this.#changed.delete(id);
      this.#failed.delete(id);
    }
    const round = new Round();
    try {
      await this.#program(round, piece, signal);
      for (const [id, service] of udpOf(piece)) comparison.udp.set(id, service);
      if (comparison.services.size > 0) return undefined;
      await this.#removeFlows(round, new Map([...this.#flows, ...comparison.udp]), signal);
      this.#comparison = undefined;
      this.#isAdopted = true;
      return this.#judge(addPasses(comparison.done, round.result), false);
    } catch (error) {
      for (const service of piece.values()) comparison.services.add(service);
      throw signal?.aborted ? signal.reason : error;
    } finally {
      if (!round.result.isComplete) this.#isBlocked = this.isPending;
      comparison.done = addPasses(comparison.done, round.result);
    }
  }

  /** A survey with all that follows from it. */
  async fullPass(signal?: AbortSignal): Promise<Pass> {
    await this.survey(signal);
    for (;;) {
      const pass = await this.compare(signal);
      if (pass) return pass;
    }
  }

  /** Removes destinations that have drained, or have reached their deadline. */
  async tick(signal?: AbortSignal): Promise<void> {
    for (const service of await this.#services.endDrains(signal)) this.#failed.add(service);
  }

  /** Makes some services as they are wanted, with what there is to do of sets and addresses. */
  async #program(round: Round, services: ServiceKeys, signal: AbortSignal | undefined): Promise<void> {
    const isFiltered = await round.attempt('packet filter', () => this.#members.add(round, signal));
    const isWanted = (id: string) => this.#services.wanted.has(id);
    const wanted = new Map([...services].filter(([id]) => isWanted(id)));
    const gone = new Map([...services].filter(([id]) => !isWanted(id)));
    // A new one must not be reached before the packet filter knows it, while those that exist go on to change.
    const ready = isFiltered ? wanted : await this.#services.standing(wanted, signal);
    await this.#services.program(round, ready, signal);
    if (isFiltered)
      await round.attempt('addresses', () => this.#bindings.bind(round, (each) => this.#hasWaiting(each), signal));
    const isUnbound = await round.attempt('addresses', () => this.#bindings.unbind(round, signal));
    if (isUnbound) await this.#services.remove(round, gone, signal);
    for (const [id, service] of services) {
      const isLeft = isUnbound ? wanted.has(id) && !ready.has(id) : !ready.has(id);
      if (isLeft || round.failed.has(id)) this.#failed.add(service);
    }
    await round.attempt('packet filter', () => this.#members.remove(round, (id) => this.#isWaiting(id), signal));
    if (signal?.aborted) throw signal.reason;
  }

  #isWaiting(id: string): boolean {
    return this.#changed.has(id) || this.#failed.has(id) || (this.#comparison?.services.has(id) ?? false);
  }

  /** Whether a service of an address waits. */
  #hasWaiting(address: string): boolean {
    const isTried = !this.#changed.hasAddress(address) && !this.#failed.hasAddress(address);
    return !isTried || (this.#comparison?.services.hasAddress(address) ?? false);
  }

  async #removeFlows(round: Round, udp: ServiceKeys, signal: AbortSignal | undefined): Promise<void> {
    const services = [...udp].flatMap(([id, { address = '', port = 0 }]): FlowService[] => {
      const wanted = this.#services.wanted.get(id);
      const endpoints = wanted ? [...wanted.entry.destinations, ...(wanted.markedDestinations ?? [])] : [];
      // Without an endpoint there is nobody whom the client should reach instead.
      return wanted && endpoints.length === 0 ? [] : [{ address, port, endpoints }];
    });
    const isDone = await round.attempt('conntrack', async () => {
      if (services.length > 0) round.flows += await this.#plane.flows.removeStale(services, signal);
    });
    for (const [id, service] of udp)
      if (isDone) this.#flows.delete(id);
      else this.#flows.set(id, service);
    if (signal?.aborted) throw signal.reason;
  }
}

function udpOf(services: ServiceKeys): ServiceKeys {
  return new Map([...services].filter(([, { protocol }]) => protocol === 'udp'));
}

/** Those with a firewall mark before the others, since it is the addresses that lead clients to them. */
function marksFirst(wanted: Iterable<VirtualService>): ServiceKey[] {
  const services = Array.from(wanted, ({ entry }) => entry.service);
  const hasMark = ({ fwmark }: ServiceKey) => fwmark !== undefined;
  return [...services.filter(hasMark), ...services.filter((service) => !hasMark(service))];
}
