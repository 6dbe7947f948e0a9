import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../src/api/clock.ts';
import { withDefaults } from './defaults.ts';
import { type ApiObject, apiVersionOf, type Resource, resourceName } from './resources.ts';
import { conflict, expired, notFound, StatusError } from './status.ts';

/** One write. Objects are never changed in place. */
export interface HistoryEntry {
  readonly version: number;
  readonly resource: Resource;
  readonly key: string;
  readonly before: ApiObject | undefined;
  readonly after: ApiObject | undefined;
}

/** `'namespace/name'`, or the name of an object that is in no namespace. */
export function keyOf({ metadata: { namespace, name } }: ApiObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** What etcd and the watch cache are to the API server: objects with one version count, and their history. */
export class Storage {
  readonly #clock: Clock;
  readonly #objects = new Map<Resource, Map<string, ApiObject>>();
  readonly #history: HistoryEntry[] = [];
  readonly #listeners = new Set<(entry: HistoryEntry) => void>();
  #version = 1;
  #compacted = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The version of the last write. */
  get version(): number {
    return this.#version;
  }

  /** Forgets what was before a version. */
  compact(version = this.#version): void {
    this.#compacted = version;
    const kept = this.#history.findIndex((entry) => entry.version > version);
    this.#history.splice(0, kept < 0 ? this.#history.length : kept);
  }

  /** Tells of each write as it is done. Returns what ends it. */
  listen(listener: (entry: HistoryEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get(resource: Resource, key: string): ApiObject | undefined {
    return this.#of(resource).get(key);
  }

  /** All objects of a resource, by key, as they were at a version. */
  snapshot(resource: Resource, version = this.#version): ApiObject[] {
    const objects = new Map(this.#of(resource));
    for (const entry of this.since(resource, version).reverse()) {
      if (entry.before) objects.set(entry.key, entry.before);
      else objects.delete(entry.key);
    }
    return [...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** What was written to a resource after a version. Throws when that is no longer known. */
  since(resource: Resource, version: number): HistoryEntry[] {
    if (version < this.#compacted) throw expired(`too old resource version: ${version} (${this.#compacted})`);
    return this.#history.filter((entry) => entry.version > version && entry.resource === resource);
  }

  create(resource: Resource, given: ApiObject): ApiObject {
    const { generateName, ...metadata } = given.metadata;
    const name = metadata.name || `${generateName}${randomUUID().slice(0, 5)}`;
    const object = withDefaults(resource, {
      ...given,
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: {
        ...metadata,
        name,
        ...(generateName && { generateName }),
        uid: randomUUID(),
        creationTimestamp: new Date(this.#clock.now()).toISOString().replace(/\.\d+/, ''),
      },
    });
    const key = keyOf(object);
    if (this.get(resource, key))
      throw new StatusError(409, 'AlreadyExists', `${resourceName(resource)} "${name}" already exists`, { name });
    return this.#write(resource, key, object);
  }

  update(resource: Resource, key: string, given: ApiObject): ApiObject {
    const before = this.#existing(resource, key);
    const { name, uid } = before.metadata;
    if ((given.metadata.resourceVersion ?? before.metadata.resourceVersion) !== before.metadata.resourceVersion)
      throw conflict(
        resourceName(resource),
        name,
        'the object has been modified; please apply your changes to the latest version and try again',
      );
    if ((given.metadata.uid ?? uid) !== uid)
      throw conflict(resourceName(resource), name, 'UID in precondition differs');
    const { creationTimestamp, resourceVersion } = before.metadata;
    const system = { name, uid, creationTimestamp, resourceVersion } as ApiObject['metadata'];
    const object = withDefaults(resource, {
      ...given,
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { ...given.metadata, ...system },
    });
    return isDeepStrictEqual(object, before) ? before : this.#write(resource, key, object);
  }

  delete(resource: Resource, key: string, preconditions: { uid?: string; resourceVersion?: string } = {}): ApiObject {
    const { metadata } = this.#existing(resource, key);
    for (const field of ['uid', 'resourceVersion'] as const)
      if ((preconditions[field] ?? metadata[field]) !== metadata[field])
        throw conflict(resourceName(resource), metadata.name, `Precondition failed: ${field}`);
    return this.#write(resource, key, undefined);
  }

  #existing(resource: Resource, key: string): ApiObject {
    const object = this.get(resource, key);
    if (!object) throw notFound(resourceName(resource), key.split('/').at(-1) ?? key);
    return object;
  }

  #write(resource: Resource, key: string, object: ApiObject | undefined): ApiObject {
    const objects = this.#of(resource);
    const before = objects.get(key);
    const version = ++this.#version;
    const after = object && atVersion(object, version);
    if (after) objects.set(key, after);
    else objects.delete(key);
    const entry = { version, resource, key, before, after };
    this.#history.push(entry);
    for (const listener of this.#listeners) listener(entry);
    return (after ?? before) as ApiObject;
  }

  #of(resource: Resource): Map<string, ApiObject> {
    const objects = this.#objects.get(resource) ?? new Map<string, ApiObject>();
    this.#objects.set(resource, objects);
    return objects;
  }
}

/** The object as the write of a version left it, or, when that deleted it, as it was told of. */
export function atVersion(object: ApiObject, version: number): ApiObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
}
