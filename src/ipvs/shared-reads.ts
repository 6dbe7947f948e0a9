/** Reads under way, shared by all who ask for the same meanwhile: a hundred destinations patched at once are read once. */
export class SharedReads<T> {
  readonly #underWay = new Map<string, Promise<T>>();

  /** Joins the read of that name, or starts it. */
  join(name: string, read: () => Promise<T>): Promise<T> {
    const joined = this.#underWay.get(name);
    if (joined) return joined;
    const started = read();
    this.#underWay.set(name, started);
    // Registered before anyone can wait, so that who comes after those who waited reads anew.
    const forget = () => this.#underWay.delete(name);
    started.then(forget, forget);
    return started;
  }
}
