/**
 * A read that all who ask for it while it is under way share: a hundred destinations patched at once are read once.
 * Whoever was written since it was sent is not served by it.
 */
export class SharedRead<Id, T> {
  #underWay: Promise<T> | undefined;
  readonly #written = new Set<Id>();

  /** Joins the read under way if it shows the entry as it is, or starts another. */
  run(id: Id, read: () => Promise<T>): Promise<T> {
    if (this.#underWay && !this.#written.has(id)) return this.#underWay;
    this.#written.clear();
    const reading = read().finally(() => {
      // Before anyone hears of it, so that who comes after those who waited reads anew.
      if (this.#underWay === reading) this.#underWay = undefined;
    });
    this.#underWay = reading;
    return reading;
  }

  /** Takes note of an entry that is being written. */
  written(id: Id): void {
    if (this.#underWay) this.#written.add(id);
  }
}
