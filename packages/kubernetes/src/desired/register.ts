/** What has another value than before, and what is gone. */
export interface Replacement<T> {
  /** New values, of what is new as well. */
  readonly changed: readonly T[];
  /** The last values of what is gone. */
  readonly removed: readonly T[];
}

/** Values by identity, which remembers what is different since it was last asked. */
export class Register<T> {
  readonly #values = new Map<string, T>();
  readonly #before = new Map<string, T | undefined>();

  get size(): number {
    return this.#values.size;
  }

  /** @param value undefined for what is gone */
  set(id: string, value: T | undefined): void {
    if (!this.#before.has(id)) this.#before.set(id, this.#values.get(id));
    if (value === undefined) this.#values.delete(id);
    else this.#values.set(id, value);
  }

  values(): Iterable<T> {
    return this.#values.values();
  }

  /** What is different since the last call. */
  takeDifference(isEqual: (a: T, b: T) => boolean): Replacement<T> {
    const changed: T[] = [];
    const removed: T[] = [];
    for (const [id, before] of this.#before) {
      const now = this.#values.get(id);
      if (now !== undefined && (before === undefined || !isEqual(before, now))) changed.push(now);
      if (now === undefined && before !== undefined) removed.push(before);
    }
    this.#before.clear();
    return { changed, removed };
  }
}
