import type { ApiClient } from '../api/api-client.ts';
import type { ApiError } from '../api/api-error.ts';
import type { KubeObject, VersionedObject } from '../api/kube-object.ts';
import type { ObjectChange } from '../api/object-store.ts';
import { Reflector, type ReflectorState } from '../api/reflector.ts';
import type { DesiredOptions, DesiredState } from '../desired/index.ts';
import { HEADLESS_LABEL, type Kind, type KubernetesObject, SERVICE_PROXY_NAME_LABEL } from '../objects/index.ts';
import { parsers } from '../objects/parse-object.ts';

/** What is kept of an object: the reflector's part and ours; undefined for one that cannot be read at all. */
interface Kept extends KubeObject {
  readonly object: KubernetesObject | undefined;
}

/** What came from the API server since it was last taken. */
export interface Taken {
  /** Objects that are different, and how many of them of each kind. */
  readonly objects: number;
  readonly kinds: Readonly<Record<Kind, number>>;
  /** When the first of it came, in milliseconds since 1970; undefined for nothing. */
  readonly since: number | undefined;
  /** When the changes of endpoints happened that led to it, as far as the slices tell. */
  readonly triggeredAt: readonly number[];
}

/** Nothing came. */
export const nothingTaken: Taken = {
  objects: 0,
  kinds: { Service: 0, EndpointSlice: 0, Node: 0 },
  since: undefined,
  triggeredAt: [],
};

/** What came at two times, as if at once. */
export function addTaken(a: Taken, b: Taken): Taken {
  if (b.objects === 0) return a;
  return {
    objects: a.objects + b.objects,
    kinds: {
      Service: a.kinds.Service + b.kinds.Service,
      EndpointSlice: a.kinds.EndpointSlice + b.kinds.EndpointSlice,
      Node: a.kinds.Node + b.kinds.Node,
    },
    since: a.since ?? b.since,
    triggeredAt: [...a.triggeredAt, ...b.triggeredAt],
  };
}

/** Where the API server has the objects of each kind. */
export const OBJECT_PATHS: Readonly<Record<Kind, string>> = {
  Service: '/api/v1/services',
  EndpointSlice: '/apis/discovery.k8s.io/v1/endpointslices',
  Node: '/api/v1/nodes',
};

/** Who wants to know how it goes with the API server. None may throw. */
export interface ClusterObserver {
  /** Objects of a kind could not be listed or followed. It is tried again. */
  readonly onFailure?: ((kind: Kind, error: ApiError) => void) | undefined;
  /** A watch was opened. */
  readonly onConnected?: ((kind: Kind) => void) | undefined;
}

/** Options of {@link ClusterSource.start}. */
export interface ClusterSourceOptions extends ClusterObserver {
  /** Called when there is something to take, also when all has been listed. */
  readonly onChange: () => void;
}

/** The Services, slices and Nodes of a cluster, listed and followed. */
export class ClusterSource implements AsyncDisposable {
  readonly #reflectors: Readonly<Record<Kind, Reflector<Kept>>>;

  /** @param options which Services are served */
  static start(client: ApiClient, options: DesiredOptions, calls: ClusterSourceOptions): ClusterSource {
    return new ClusterSource(client, options, calls);
  }

  private constructor(
    client: ApiClient,
    options: DesiredOptions,
    { onChange, onFailure, onConnected }: ClusterSourceOptions,
  ) {
    const start = (kind: Kind) =>
      Reflector.start<Kept>(client, {
        path: OBJECT_PATHS[kind],
        labelSelector: selectorOf(kind, options),
        convert: (raw) => keep(kind, raw),
        onChange,
        onFailure: (error) => onFailure?.(kind, error),
        onConnected: () => onConnected?.(kind),
      });
    this.#reflectors = { Service: start('Service'), EndpointSlice: start('EndpointSlice'), Node: start('Node') };
  }

  /** Whether all three kinds were listed. Nothing may be programmed before: what is not known yet would be removed. */
  get synced(): boolean {
    return this.#all.every(([, { synced }]) => synced);
  }

  /** How each of the three stands. */
  get states(): Readonly<Record<Kind, ReflectorState>> {
    return Object.fromEntries(this.#all.map(([kind, { state }]) => [kind, state])) as Record<Kind, ReflectorState>;
  }

  /** Changes that wait to be taken, by kind. */
  get pending(): Readonly<Record<Kind, number>> {
    return Object.fromEntries(this.#all.map(([kind, { pending }]) => [kind, pending])) as Record<Kind, number>;
  }

  /** Puts what is different into the state. */
  take(state: DesiredState): Taken {
    const changes = this.#all.flatMap(([kind, reflector]) =>
      reflector.takeChanges().map((change) => ({ kind, change })),
    );
    for (const { kind, change } of changes) put(state, kind, change);
    const kinds = { Service: 0, EndpointSlice: 0, Node: 0 };
    for (const { kind } of changes) kinds[kind]++;
    return {
      objects: changes.length,
      kinds,
      since: changes.reduce(
        (first: number | undefined, { change }) => Math.min(first ?? change.since, change.since),
        undefined,
      ),
      triggeredAt: changes.flatMap(({ change }) => triggerOf(change) ?? []),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map(([, reflector]) => reflector.stop()));
  }

  get #all(): [Kind, Reflector<Kept>][] {
    return Object.entries(this.#reflectors) as [Kind, Reflector<Kept>][];
  }
}

/**
 * What is not asked for is not sent. The mapping looks at the labels as well. Slices have the labels of their Service only where
 * Kubernetes makes them for a selector: those written by hand, or mirrored from Endpoints, have not.
 */
function selectorOf(kind: Kind, options: DesiredOptions): string | undefined {
  if (kind === 'Node') return undefined;
  const { services = 'labelled', serviceProxyName = 'ipvs' } = options;
  const headless = `!${HEADLESS_LABEL}`;
  const isNarrowed = kind === 'Service' && services === 'labelled';
  return isNarrowed ? `${SERVICE_PROXY_NAME_LABEL}=${serviceProxyName},${headless}` : headless;
}

function keep(kind: Kind, raw: VersionedObject): Kept {
  const { name, namespace, uid, resourceVersion } = raw.metadata;
  return { metadata: { name, namespace, uid, resourceVersion }, object: parsers[kind](raw).object };
}

function put(state: DesiredState, kind: Kind, { before, after }: ObjectChange<Kept>): void {
  const { name, namespace = '' } = (after ?? before)?.metadata ?? { name: '' };
  if (after?.object) state.upsert(after.object);
  else state.remove({ kind, namespace, name });
}

function triggerOf({ after }: ObjectChange<Kept>): number | undefined {
  return after?.object?.kind === 'EndpointSlice' ? after.object.triggeredAt : undefined;
}
