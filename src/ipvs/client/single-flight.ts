/** A read that all who ask for it while it is under way share: a hundred destinations patched at once are read once. */
export class SingleFlight<T> {
  #underWay: Promise<T> | undefined;

  /** Joins the read under way, or starts it. */
  run(read: () => Promise<T>): Promise<T> {
    this.#underWay ??= this.#run(read);
    return this.#underWay;
  }

  async #run(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } finally {
      // Before anyone hears of it, so that who comes after those who waited reads anew.
      this.#underWay = undefined;
    }
  }
}
