import type { ApiClient } from './api-client.ts';
import { ApiError, describeCause } from './api-error.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import { sleep } from './clock.ts';
import { isLater, type KubeObject, keyOf, type VersionedObject } from './kube-object.ts';
import { listObjects, type Selection } from './list.ts';
import { type ObjectChange, ObjectStore } from './object-store.ts';
import { needsList } from './status.ts';
import { watchObjects } from './watch.ts';

/** Options of {@link Reflector.start}. */
export interface ReflectorOptions<T> extends Selection {
  /**
   * Makes what is kept out of what the API sent; it must not throw. Default: the object as it is, without
   * `metadata.managedFields`.
   */
  readonly convert?: ((object: VersionedObject) => T) | undefined;
  /** Called when there is something to take: once, until {@link Reflector.takeChanges} is called. */
  readonly onChange?: (() => void) | undefined;
  /** Called for each list or watch that failed; it must not throw. */
  readonly onFailure?: ((error: ApiError) => void) | undefined;
  /** Called when a watch was opened; it must not throw. */
  readonly onConnected?: (() => void) | undefined;
  /** Objects in a page of a list; default 500. */
  readonly pageSize?: number | undefined;
  /** The least seconds after which the server is to end a watch; at most twice as many. Default 300. */
  readonly watchTimeout?: number | undefined;
  readonly backoff?: BackoffOptions | undefined;
}

/** How a {@link Reflector} stands, for health and metrics. */
export interface ReflectorState {
  /** Whether everything was listed once. */
  readonly synced: boolean;
  /** Whether a watch is open. */
  readonly connected: boolean;
  /** When `connected` last changed, in milliseconds since 1970. */
  readonly since: number;
  /** The version that the objects are of. */
  readonly version: string | undefined;
  /** The last failure, and when it was; it may be over. */
  readonly lastError: { readonly error: ApiError; readonly at: number } | undefined;
  /** How many lists, watches, events and failures there were. */
  readonly lists: number;
  readonly watches: number;
  readonly events: number;
  readonly errors: number;
}

/** Milliseconds after which a watch counts as one that works. */
const SETTLED = 10_000;

/**
 * Keeps the objects of a cluster: it lists them, follows what becomes of them, and lists them again where the server no longer
 * knows what happened. Failures are tried again for as long as it runs, and the objects stay meanwhile.
 *
 * Objects never go back to an older version. Who looks seldom gets the newest state of what changed, once.
 */
export class Reflector<T extends KubeObject> {
  readonly #client: ApiClient;
  readonly #options: ReflectorOptions<T>;
  readonly #convert: (object: VersionedObject) => T;
  readonly #store = new ObjectStore<T>();
  readonly #backoff: Backoff;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** The version of the last list or event. */
  #version: string | undefined;
  /** Whether the server may still know what happened since then. */
  #listed = false;
  #listWasOlder = false;
  #openedAt: number | undefined;
  #notified = false;
  #state: Omit<ReflectorState, 'version'>;

  private constructor(client: ApiClient, options: ReflectorOptions<T>) {
    this.#client = client;
    this.#options = options;
    this.#convert = options.convert ?? ((object) => withoutManagedFields(object) as KubeObject as T);
    this.#backoff = new Backoff(options.backoff);
    const counts = { lists: 0, watches: 0, events: 0, errors: 0 };
    this.#state = { synced: false, connected: false, since: client.clock.now(), lastError: undefined, ...counts };
  }

  /** Begins to list and watch. */
  static start<T extends KubeObject>(client: ApiClient, options: ReflectorOptions<T>): Reflector<T> {
    const reflector = new Reflector(client, options);
    reflector.#running = reflector.#run(reflector.#stop.signal);
    return reflector;
  }

  /** Ends at once, whatever is under way. The objects stay readable. */
  stop(): Promise<void> {
    this.#stop.abort();
    return this.#running;
  }

  /** The same as {@link stop}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The objects by key: `'namespace/name'`, or the name of those in no namespace. Empty until everything is listed. */
  get objects(): ReadonlyMap<string, T> {
    return this.#store.objects;
  }

  /** Whether everything was listed once. Nothing should be done before. */
  get synced(): boolean {
    return this.#state.synced;
  }

  /** How many objects changed since {@link takeChanges} was called. */
  get pending(): number {
    return this.#store.pending;
  }

  get state(): ReflectorState {
    return { ...this.#state, version: this.#version };
  }

  /** What changed since this was last called. */
  takeChanges(): ObjectChange<T>[] {
    this.#notified = false;
    return this.#store.takeChanges();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#client;
    while (!signal.aborted) {
      const failure = await this.#attempt(signal);
      if (signal.aborted) break;
      const settled = this.#openedAt !== undefined && clock.now() - this.#openedAt >= SETTLED;
      this.#disconnect();
      const relist = failure !== undefined && needsList(failure);
      if (relist) this.#listed = false;
      if (settled) this.#backoff.reset();
      // What ends as it should goes on at once, unless it would do so again and again.
      if (settled && (relist || !failure)) continue;
      await sleep(clock, this.#backoff.next(failure?.retryAfter), signal).catch(() => {});
    }
    this.#disconnect();
  }

  /** Lists if need be, and watches until that ends. Returns what went wrong, if anything did. */
  async #attempt(signal: AbortSignal): Promise<ApiError | undefined> {
    try {
      if (!this.#listed) await this.#list(signal);
      await this.#watch(signal);
    } catch (thrown) {
      if (signal.aborted) return undefined;
      const error = toApiError(this.#options.path, thrown);
      this.#update({ errors: this.#state.errors + 1, lastError: { error, at: this.#client.clock.now() } });
      this.#options.onFailure?.(error);
      return error;
    }
    return undefined;
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { path, pageSize = 500 } = this.#options;
    this.#update({ lists: this.#state.lists + 1 });
    const { version, objects } = await listObjects(this.#client, this.#options, pageSize, this.#convert, signal);
    // It may come from a server that is behind the others; but a cluster that was restored from a backup stays behind.
    this.#listWasOlder = !this.#listWasOlder && this.#version !== undefined && isLater(this.#version, version);
    if (this.#listWasOlder)
      throw new ApiError(
        'ERR_KUBERNETES_RESPONSE',
        `GET ${path}: the list is older (${version}) than what was seen (${this.#version})`,
      );
    this.#store.replace(objects, this.#client.clock.now());
    this.#version = version;
    this.#listed = true;
    this.#update({ synced: true });
    this.#notify();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { watchTimeout = 300, backoff: { random = Math.random } = {} } = this.#options;
    this.#update({ watches: this.#state.watches + 1 });
    // Spread, so that the watches of a restarted server do not end all at once ever after.
    const timeout = Math.round(watchTimeout * (1 + random()));
    const events = await watchObjects(this.#client, this.#options, this.#version ?? '', timeout, signal);
    this.#openedAt = this.#client.clock.now();
    this.#update({ connected: true, since: this.#openedAt });
    this.#options.onConnected?.();
    for await (const event of events) {
      // Sent once more, such as after a new connection.
      if (this.#version !== undefined && !isLater(event.version, this.#version)) continue;
      if (event.type !== 'BOOKMARK') this.#take(event.type, event.object);
      this.#version = event.version;
    }
  }

  #take(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: VersionedObject): void {
    const now = this.#client.clock.now();
    if (type === 'DELETED') this.#store.delete(keyOf(object), now);
    else this.#store.set(this.#convert(object), now);
    this.#update({ events: this.#state.events + 1 });
    this.#notify();
  }

  #disconnect(): void {
    this.#openedAt = undefined;
    if (this.#state.connected) this.#update({ connected: false, since: this.#client.clock.now() });
  }

  #update(state: Partial<ReflectorState>): void {
    this.#state = { ...this.#state, ...state };
  }

  /** In a turn of its own: what it throws is no failure of the API server. */
  #notify(): void {
    const { onChange } = this.#options;
    if (this.#notified || !onChange) return;
    this.#notified = true;
    queueMicrotask(onChange);
  }
}

function toApiError(path: string, thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  return new ApiError('ERR_KUBERNETES_RESPONSE', `${path}: ${describeCause(thrown)}`, { cause: thrown });
}

function withoutManagedFields(object: VersionedObject): VersionedObject {
  const { managedFields: _, ...metadata } = object.metadata as VersionedObject['metadata'] & {
    managedFields?: unknown;
  };
  return { ...object, metadata };
}
