import type { EndpointSlice } from '../objects/endpoint-slice.ts';
import type { Node } from '../objects/node.ts';
import type { Service } from '../objects/service.ts';
import { compareTexts } from './claims/claims.ts';

/** A Service with its slices; one of the two may not be there yet. */
interface Group {
  service: Service | undefined;
  readonly slices: Map<string, EndpointSlice>;
}

/** The objects of the cluster, joined: slices by Service, nodes by address. Tells which Services an object concerns. */
export class Cluster {
  readonly #groups = new Map<string, Group>();
  /** The Service of each slice, to find it when the slice names another one later. */
  readonly #owners = new Map<string, string>();
  readonly #nodes = new Map<string, Node>();
  readonly #nodesByAddress = new Map<string, Set<string>>();

  /** Takes a Service or a slice. Returns the Services that it concerns, by {@link keyOf}. */
  put(object: Service | EndpointSlice): readonly string[] {
    const key = keyOf(object.namespace, object.name);
    if (object.kind === 'Service') {
      this.#group(key).service = object;
      return [key];
    }
    const before = this.#dropSlice(key);
    if (object.serviceName === '') return before;
    const owner = keyOf(object.namespace, object.serviceName);
    this.#group(owner).slices.set(key, object);
    this.#owners.set(key, owner);
    return [...before, owner];
  }

  /** Forgets a Service or a slice. Returns the Services that it concerned. */
  drop(kind: 'Service' | 'EndpointSlice', key: string): readonly string[] {
    if (kind === 'EndpointSlice') return this.#dropSlice(key);
    const group = this.#groups.get(key);
    if (!group?.service) return [];
    group.service = undefined;
    this.#forgetEmpty(key, group);
    return [key];
  }

  /** Takes a Node, or forgets it. Returns the addresses whose nodes are others now. */
  setNode(name: string, node: Node | undefined): readonly string[] {
    const before = this.#nodes.get(name)?.addresses ?? [];
    const after = node?.addresses ?? [];
    if (node) this.#nodes.set(name, node);
    else this.#nodes.delete(name);
    const lost = before.filter((address) => !after.includes(address));
    const won = after.filter((address) => !before.includes(address));
    for (const address of lost) {
      const names = this.#nodesByAddress.get(address);
      names?.delete(name);
      if (names?.size === 0) this.#nodesByAddress.delete(address);
    }
    for (const address of won) {
      const names = this.#nodesByAddress.get(address);
      if (names) names.add(name);
      else this.#nodesByAddress.set(address, new Set([name]));
    }
    return [...lost, ...won];
  }

  node(name: string): Node | undefined {
    return this.#nodes.get(name);
  }

  /** A node other than this one that has an address; the first by name, where several do. */
  otherNodeWith(address: string, own: string): string | undefined {
    const [name] = [...(this.#nodesByAddress.get(address) ?? [])].filter((each) => each !== own).sort(compareTexts);
    return name;
  }

  /** A Service by its key. */
  service(key: string): Service | undefined {
    return this.#groups.get(key)?.service;
  }

  /** The slices of a Service, by name, so that it does not matter in which order they came. */
  slices(key: string): readonly EndpointSlice[] {
    const slices = [...(this.#groups.get(key)?.slices.values() ?? [])];
    return slices.length < 2 ? slices : slices.sort((a, b) => compareTexts(a.name, b.name));
  }

  /** The keys of all Services. */
  keys(): Iterable<string> {
    return this.#groups.keys();
  }

  #dropSlice(key: string): readonly string[] {
    const owner = this.#owners.get(key);
    const group = owner === undefined ? undefined : this.#groups.get(owner);
    if (owner === undefined || !group) return [];
    this.#owners.delete(key);
    group.slices.delete(key);
    this.#forgetEmpty(owner, group);
    return [owner];
  }

  #group(key: string): Group {
    const known = this.#groups.get(key);
    if (known) return known;
    const group: Group = { service: undefined, slices: new Map() };
    this.#groups.set(key, group);
    return group;
  }

  #forgetEmpty(key: string, { service, slices }: Group): void {
    if (!service && slices.size === 0) this.#groups.delete(key);
  }
}

/** The key of a Service or slice among those of its kind; neither namespaces nor names have a slash. */
export function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
