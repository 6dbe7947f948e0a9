/**
 * What is wanted beside what is there, by identity. It tells the difference at the cost of what changed, however much is
 * there.
 */
export class Ledger<T> {
  readonly #idOf: (value: T) => string;
  readonly #wanted = new Map<string, T>();
  readonly #present = new Map<string, T>();
  readonly #missing = new Map<string, T>();
  readonly #surplus = new Map<string, T>();
  /** What was added or removed since stock was last taken. */
  #moved = new Set<string>();

  constructor(idOf: (value: T) => string) {
    this.#idOf = idOf;
  }

  /** What is wanted and not there. */
  get missing(): readonly T[] {
    return [...this.#missing.values()];
  }

  /** What is there and not wanted. */
  get surplus(): readonly T[] {
    return [...this.#surplus.values()];
  }

  get wanted(): ReadonlyMap<string, T> {
    return this.#wanted;
  }

  get isDifferent(): boolean {
    return this.#missing.size > 0 || this.#surplus.size > 0;
  }

  get present(): ReadonlyMap<string, T> {
    return this.#present;
  }

  want(values: Iterable<T>): void {
    for (const value of values) {
      const id = this.#idOf(value);
      this.#wanted.set(id, value);
      this.#surplus.delete(id);
      if (!this.#present.has(id)) this.#missing.set(id, value);
    }
  }

  unwant(values: Iterable<T>): void {
    for (const value of values) {
      const id = this.#idOf(value);
      this.#wanted.delete(id);
      this.#missing.delete(id);
      const present = this.#present.get(id);
      if (present !== undefined) this.#surplus.set(id, present);
    }
  }

  /** Notes what has been added. */
  added(values: Iterable<T>): void {
    for (const value of values) {
      const id = this.#idOf(value);
      this.#moved.add(id);
      this.#present.set(id, value);
      this.#missing.delete(id);
      if (!this.#wanted.has(id)) this.#surplus.set(id, value);
    }
  }

  /** Notes what has been removed. */
  removed(values: Iterable<T>): void {
    for (const value of values) {
      const id = this.#idOf(value);
      this.#moved.add(id);
      this.#present.delete(id);
      this.#surplus.delete(id);
      const wanted = this.#wanted.get(id);
      if (wanted !== undefined) this.#missing.set(id, wanted);
    }
  }

  /** Takes the whole of what was found to be there instead of what was noted. */
  found(values: Iterable<T>): void {
    this.takeStock()(values);
  }

  /**
   * Begins to look for what is there. The returned function takes what was found; of what is added or removed until it is
   * called, what was noted counts, since the listing may have been made before or after.
   */
  takeStock(): (found: Iterable<T>) => void {
    const moved = new Set<string>();
    this.#moved = moved;
    return (values) => {
      const found = new Map(Array.from(values, (value) => [this.#idOf(value), value]));
      const isNew = ([id]: [string, T]) => !this.#present.has(id) && !moved.has(id);
      const isGone = ([id]: [string, T]) => !found.has(id) && !moved.has(id);
      const [added, removed] = [[...found].filter(isNew), [...this.#present].filter(isGone)];
      this.added(added.map(([, value]) => value));
      this.removed(removed.map(([, value]) => value));
    };
  }
}
