/** After this long the event loop is due. */
const SLICE_MS = 5;

/** A look at the clock costs a noticeable part of a short exchange: so many requests have one in common. */
const LOOK_EVERY = 8;

/** Keeps the time since the event loop last had its turn: promises and ticks alone, however many, would keep it waiting. */
export class Slice {
  #start = 0;
  #work = 0;
  #over = false;

  /** Whether the event loop is due, after so many more requests; many, where nothing is said. */
  over(work = LOOK_EVERY): boolean {
    this.#work += work;
    if (this.#over || this.#work < LOOK_EVERY) return this.#over;
    this.#work = 0;
    const now = performance.now();
    if (this.#start === 0) {
      this.#start = now;
      setImmediate(() => {
        this.#start = 0;
        this.#over = false;
      });
    }
    this.#over = now - this.#start > SLICE_MS;
    return this.#over;
  }
}
