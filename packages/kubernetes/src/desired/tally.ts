/** What entered a collection and what left it. */
export interface Difference<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
}

/** A collection of values by identity that several owners may put in: a value is there while one of them has it. */
export class Tally<T> {
  readonly #counts = new Map<string, { readonly value: T; count: number }>();
  /** What was there at the last {@link takeDifference}, for the identities that were touched since. */
  readonly #before = new Map<string, T | undefined>();

  add(id: string, value: T): void {
    const entry = this.#counts.get(id);
    if (entry) entry.count++;
    else {
      this.#remember(id, undefined);
      this.#counts.set(id, { value, count: 1 });
    }
  }

  remove(id: string): void {
    const entry = this.#counts.get(id);
    if (!entry || --entry.count > 0) return;
    this.#remember(id, entry.value);
    this.#counts.delete(id);
  }

  *values(): Generator<T> {
    for (const { value } of this.#counts.values()) yield value;
  }

  /** What is different since the last call. */
  takeDifference(): Difference<T> {
    const added: T[] = [];
    const removed: T[] = [];
    for (const [id, before] of this.#before) {
      const now = this.#counts.get(id);
      if (now && before === undefined) added.push(now.value);
      if (!now && before !== undefined) removed.push(before);
    }
    this.#before.clear();
    return { added, removed };
  }

  #remember(id: string, value: T | undefined): void {
    if (!this.#before.has(id)) this.#before.set(id, value);
  }
}
