/** Lets those who change the same thing take turns: each reads what the one before has written. */
export class KeyedMutex<Name> {
  /** What is being changed, each with those who wait for it. */
  readonly #waiting = new Map<Name, (() => void)[]>();

  /** What to wait for before changing the thing of that name; undefined when it is one's turn already. */
  acquire(name: Name): Promise<void> | undefined {
    const waiting = this.#waiting.get(name);
    if (waiting) return new Promise((resolve) => waiting.push(resolve));
    this.#waiting.set(name, []);
    return undefined;
  }

  /** Ends a turn, well or not. */
  release(name: Name): void {
    const next = this.#waiting.get(name)?.shift();
    if (next) next();
    else this.#waiting.delete(name);
  }

  /** Whether nothing is being changed. */
  get idle(): boolean {
    return this.#waiting.size === 0;
  }
}
