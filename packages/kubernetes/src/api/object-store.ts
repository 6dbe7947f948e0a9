import { type KubeObject, keyOf } from './kube-object.ts';

/** What became of an object since the changes were last taken, whatever happened in between. */
export interface ObjectChange<T> {
  /** `'namespace/name'`, or the name of an object that is in no namespace. */
  readonly key: string;
  /** The object as it was then; undefined if it was not there. One deleted and created anew has another uid now. */
  readonly before: T | undefined;
  /** The object as it is; undefined if it is not there. */
  readonly after: T | undefined;
  /** When the first change came, in milliseconds since 1970. */
  readonly since: number;
}

/** Objects by key, and which of them changed since someone last looked: at most one change for each, however many there were. */
export class ObjectStore<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #changed = new Map<string, { readonly before: T | undefined; readonly since: number }>();

  /** The objects by key. */
  get objects(): ReadonlyMap<string, T> {
    return this.#objects;
  }

  set(object: T, now: number): void {
    const key = keyOf(object);
    this.#note(key, now);
    this.#objects.set(key, object);
  }

  delete(key: string, now: number): void {
    if (!this.#objects.has(key)) return;
    this.#note(key, now);
    this.#objects.delete(key);
  }

  /** Holds these objects and no others from now on. Those that are the same as before stay. */
  replace(objects: Iterable<T>, now: number): void {
    const gone = new Set(this.#objects.keys());
    for (const object of objects) {
      const key = keyOf(object);
      gone.delete(key);
      const known = this.#objects.get(key);
      if (!known || !isSame(known, object)) this.set(object, now);
    }
    for (const key of gone) this.delete(key, now);
  }

  /** What changed since this was last called. An object that came and went is not told of. */
  takeChanges(): ObjectChange<T>[] {
    const changes: ObjectChange<T>[] = [];
    for (const [key, { before, since }] of this.#changed) {
      const after = this.#objects.get(key);
      if (before !== after) changes.push({ key, before, after, since });
    }
    this.#changed.clear();
    return changes;
  }

  /** How many objects changed since the changes were last taken. */
  get pending(): number {
    return this.#changed.size;
  }

  #note(key: string, now: number): void {
    if (!this.#changed.has(key)) this.#changed.set(key, { before: this.#objects.get(key), since: now });
  }
}

function isSame({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean {
  return a.uid === b.uid && a.resourceVersion === b.resourceVersion;
}
