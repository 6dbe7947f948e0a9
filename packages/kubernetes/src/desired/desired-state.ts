import { inspect, isDeepStrictEqual } from 'node:util';
import type { Elements } from '../nftables/elements.ts';
import type { Node } from '../objects/node.ts';
import type { KubernetesObject, ObjectKey } from '../objects/object.ts';
import type { Problem } from '../objects/problem.ts';
import type { Service } from '../objects/service.ts';
import { Claims, conflictsOf } from './claims/claims.ts';
import type { ClaimContext } from './claims/context.ts';
import {
  claimsOf,
  type HealthCheckClaim,
  noClaims,
  type ServiceClaims,
  type VirtualServiceClaim,
  type WithoutLocalEndpoints,
} from './claims/service-claims.ts';
import { Cluster, keyOf } from './cluster.ts';
import { type Element, elementId, groupElements } from './element.ts';
import { type NodeContext, type NodeFacts, nodeContext } from './node-facts.ts';
import { type DesiredOptions, resolveOptions, type Settings } from './options.ts';
import { Register, type Replacement } from './register.ts';
import { type Difference, Tally } from './tally.ts';
import { type HealthCheck, sameHealthCheck, sameVirtualService, type VirtualService } from './virtual-service.ts';

/** All that a node is to have. The order of lists has no meaning, but for destinations. */
export interface Desired {
  /** The IPVS table; each `entry` is what `ipvs/reconcile` takes. */
  readonly services: readonly VirtualService[];
  /** Addresses to bind on the agent's own interface. */
  readonly addresses: readonly string[];
  /** Members of the packet filter's sets; `vips` are the same as `addresses`. */
  readonly elements: Elements;
  /** Ports on which load balancers ask for the health of Services here. */
  readonly healthChecks: readonly HealthCheck[];
  /** What was not taken as it stands. */
  readonly problems: readonly Problem[];
  readonly withoutLocalEndpoints: WithoutLocalEndpoints;
  /** The node's addresses that have node ports. */
  readonly nodePortAddresses: readonly string[];
}

/** What is different since the last time. */
export interface DesiredChanges {
  readonly services: Replacement<VirtualService>;
  readonly addresses: Difference<string>;
  readonly elements: Difference<Element>;
  readonly healthChecks: Replacement<HealthCheck>;
  readonly problems: Difference<Problem>;
}

/**
 * What a node is to have for the objects of the cluster, kept up to date by one object at a time: only the Services that it
 * concerns are looked at again. Pure: nothing is read or written but these objects.
 */
export class DesiredState {
  readonly #settings: Settings;
  readonly #cluster = new Cluster();
  #facts: NodeFacts;
  #context: ClaimContext;

  /** Services to look at again. */
  readonly #pending = new Set<string>();
  readonly #claims = new Map<string, ServiceClaims>();
  readonly #virtualClaims = new Claims<VirtualServiceClaim>();
  readonly #healthClaims = new Claims<HealthCheckClaim>();

  readonly #services = new Register<VirtualService>();
  readonly #healthChecks = new Register<HealthCheck>();
  readonly #elements = new Tally<Element>();
  readonly #problems = new Tally<Problem>();
  /** What was put into the tallies for each claim that is settled, to be taken out again. */
  readonly #settledElements = new Map<string, readonly Element[]>();
  readonly #conflicts = new Map<string, readonly Problem[]>();
  #withoutLocal = { internal: 0, external: 0 };

  /** @throws InputError for invalid facts or options */
  constructor(node: NodeFacts, options: DesiredOptions = {}) {
    this.#settings = resolveOptions(options);
    this.#facts = node;
    this.#context = this.#createContext(undefined);
    this.#addPods(this.#context.node);
  }

  /** Takes an object that is new or has changed. */
  upsert(object: KubernetesObject): void {
    if (object.kind === 'Node') this.#setNode(object.name, object);
    else this.#markPending(this.#cluster.put(object));
  }

  /** Takes that an object is gone; one that is not known is no mistake. */
  remove({ kind, namespace, name }: ObjectKey): void {
    if (kind === 'Node') this.#setNode(name, undefined);
    else this.#markPending(this.#cluster.drop(kind, keyOf(namespace, name)));
  }

  /**
   * Takes other facts of the node, such as the addresses of its interfaces.
   * @throws InputError for invalid facts; then the former ones stay
   */
  setFacts(node: NodeFacts): void {
    const context = nodeContext(node, this.#cluster.node(node.name), this.#settings);
    this.#facts = node;
    this.#replaceContext(context);
  }

  /** The Node object of this node. */
  get node(): Node | undefined {
    return this.#cluster.node(this.#facts.name);
  }

  /** Virtual services, as of the last call of {@link takeChanges} or {@link read}. */
  get size(): number {
    return this.#services.size;
  }

  /** Ports without endpoints here, as of the last call of {@link takeChanges} or {@link read}. */
  get withoutLocalEndpoints(): WithoutLocalEndpoints {
    return this.#withoutLocal;
  }

  /** What is different since the last call; the first time, everything. */
  takeChanges(): DesiredChanges {
    this.#settle();
    const elements = this.#elements.takeDifference();
    return {
      services: this.#services.takeDifference(sameVirtualService),
      addresses: { added: addressesOf(elements.added), removed: addressesOf(elements.removed) },
      elements,
      healthChecks: this.#healthChecks.takeDifference(sameHealthCheck),
      problems: this.#problems.takeDifference(),
    };
  }

  /** Everything. What is different stays to be taken by {@link takeChanges}. */
  read(): Desired {
    this.#settle();
    const elements = groupElements(this.#elements.values());
    const { inet, inet6 } = this.#context.node.nodePortAddresses;
    return {
      services: [...this.#services.values()],
      addresses: elements.vips,
      elements,
      healthChecks: [...this.#healthChecks.values()],
      problems: [...this.#problems.values()],
      withoutLocalEndpoints: { ...this.#withoutLocal },
      nodePortAddresses: [...inet, ...inet6],
    };
  }

  #markPending(keys: Iterable<string>): void {
    for (const key of keys) this.#pending.add(key);
  }

  #setNode(name: string, node: Node | undefined): void {
    const moved = new Set(this.#cluster.setNode(name, node));
    if (name === this.#facts.name) this.#replaceContext(nodeContext(this.#facts, node, this.#settings));
    if (moved.size === 0) return;
    for (const key of this.#cluster.keys()) {
      const service = this.#cluster.service(key);
      if (service && isAtOneOf(service, moved)) this.#pending.add(key);
    }
  }

  #createContext(node: Node | undefined): ClaimContext {
    return this.#contextOf(nodeContext(this.#facts, node, this.#settings));
  }

  #contextOf(node: NodeContext): ClaimContext {
    return {
      node,
      settings: this.#settings,
      otherNodeWith: (address) => this.#cluster.otherNodeWith(address, node.name),
    };
  }

  /** Every Service depends on the node. A Node object changes often, but hardly ever in what counts. */
  #replaceContext(node: NodeContext): void {
    const before = this.#context.node;
    if (isDeepStrictEqual(before, node)) return;
    this.#context = this.#contextOf(node);
    for (const element of podsOf(before)) this.#elements.remove(elementId(element));
    this.#addPods(node);
    this.#markPending(this.#cluster.keys());
  }

  #addPods(node: NodeContext): void {
    for (const element of podsOf(node)) this.#elements.add(elementId(element), element);
  }

  /** Looks at the pending Services, and settles whatever they claim or have claimed. */
  #settle(): void {
    const virtual = new Set<string>();
    const health = new Set<string>();
    for (const key of this.#pending) {
      const before = this.#claims.get(key) ?? noClaims;
      const service = this.#cluster.service(key);
      const after = service ? claimsOf(service, this.#cluster.slices(key), this.#context) : noClaims;
      if (after === noClaims) this.#claims.delete(key);
      else this.#claims.set(key, after);
      replaceClaims(this.#virtualClaims, before.virtualServices, after.virtualServices, virtual);
      replaceClaims(this.#healthClaims, asList(before.healthCheck), asList(after.healthCheck), health);
      this.#replaceProblems(before.problems, after.problems);
      this.#withoutLocal.internal += after.withoutLocalEndpoints.internal - before.withoutLocalEndpoints.internal;
      this.#withoutLocal.external += after.withoutLocalEndpoints.external - before.withoutLocalEndpoints.external;
    }
    this.#pending.clear();
    for (const id of this.#withMarked(virtual)) this.#settleVirtual(id);
    for (const id of health) {
      const claims = this.#healthClaims.all(id);
      this.#healthChecks.set(id, claims[0]?.check);
      this.#setConflicts(id, claims);
    }
  }

  /** Whose mark is settled anew has to look again whether it is his: the addresses of all Services with a claim to it. */
  #withMarked(ids: ReadonlySet<string>): ReadonlySet<string> {
    const all = new Set(ids);
    for (const id of ids) {
      if (!id.startsWith('fwmark')) continue;
      for (const { claimant } of this.#virtualClaims.all(id)) {
        const claims = this.#claims.get(keyOf(claimant.namespace, claimant.name))?.virtualServices ?? [];
        for (const claim of claims) if (claim.marked?.id === id) all.add(claim.id);
      }
    }
    return all;
  }

  #settleVirtual(id: string): void {
    const claims = this.#virtualClaims.all(id);
    const [winner] = claims;
    const mark = winner && this.#markOf(winner);
    const marked = winner && mark && { ...winner.virtual, markedDestinations: mark.destinations };
    this.#services.set(id, marked ?? winner?.virtual);
    for (const element of this.#settledElements.get(id) ?? []) this.#elements.remove(elementId(element));
    const elements = winner ? [...winner.elements, ...(mark ? [mark.element] : [])] : [];
    for (const element of elements) this.#elements.add(elementId(element), element);
    if (winner) this.#settledElements.set(id, elements);
    else this.#settledElements.delete(id);
    this.#setConflicts(id, claims);
  }

  /** The firewall mark by which some clients reach what is claimed, unless an older Service has it. */
  #markOf({ claimant: { namespace, name }, marked }: VirtualServiceClaim) {
    if (!marked) return undefined;
    const [winner] = this.#virtualClaims.all(marked.id);
    if (winner?.claimant.namespace !== namespace || winner.claimant.name !== name) return undefined;
    return { element: marked.element, destinations: winner.virtual.entry.destinations };
  }

  #setConflicts(id: string, claims: readonly (VirtualServiceClaim | HealthCheckClaim)[]): void {
    const before = this.#conflicts.get(id) ?? [];
    const after = claims.length > 1 ? conflictsOf(claims) : [];
    this.#replaceProblems(before, after);
    if (after.length > 0) this.#conflicts.set(id, after);
    else this.#conflicts.delete(id);
  }

  #replaceProblems(before: readonly Problem[], after: readonly Problem[]): void {
    for (const problem of before) this.#problems.remove(problemId(problem));
    for (const problem of after) this.#problems.add(problemId(problem), problem);
  }
}

/**
 * What a node is to have for these objects: {@link DesiredState}, given all of them at once. Their order does not matter; of
 * objects that are there twice the last counts.
 * @throws InputError for invalid facts or options
 */
export function desiredState(objects: Iterable<KubernetesObject>, node: NodeFacts, options?: DesiredOptions): Desired {
  const state = new DesiredState(node, options);
  for (const object of objects) state.upsert(object);
  return state.read();
}

function podsOf({ podCIDRs: { inet, inet6 } }: NodeContext): Element[] {
  return [...inet, ...inet6].map((value) => ({ set: 'pods', value }));
}

function asList<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

function replaceClaims<T extends VirtualServiceClaim | HealthCheckClaim>(
  claims: Claims<T>,
  before: readonly T[],
  after: readonly T[],
  touched: Set<string>,
): void {
  for (const claim of before) {
    claims.remove(claim);
    touched.add(claim.id);
  }
  for (const claim of after) {
    claims.add(claim);
    touched.add(claim.id);
  }
}

function isAtOneOf({ externalIPs, ingress }: Service, addresses: ReadonlySet<string>): boolean {
  return [...externalIPs, ...ingress].some(({ address }) => addresses.has(address));
}

function addressesOf(elements: readonly Element[]): string[] {
  return elements.flatMap((element) => (element.set === 'vips' ? [element.value] : []));
}

/** The identity of a problem: one that is found again is the same. */
function problemId({ reason, object, field, rule, value }: Problem): string {
  const { kind, namespace, name, uid } = object;
  return [reason, kind, namespace, name, uid, field, rule, inspect(value)].join('\n');
}
