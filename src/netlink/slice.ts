/** After this long the event loop is due. */
const SLICE_MS = 8;

/** Keeps the time since the event loop last had its turn: promises and ticks alone, however many, would keep it waiting. */
export class Slice {
  #start = 0;
  #asked = 0;

  /** Whether the event loop is due. */
  get over(): boolean {
    // A look at the clock costs a noticeable part of a short exchange, so only every eighth question has one.
    if ((this.#asked++ & 7) !== 0) return false;
    const now = performance.now();
    if (this.#start === 0) {
      this.#start = now;
      setImmediate(() => {
        this.#start = 0;
      });
    }
    return now - this.#start > SLICE_MS;
  }
}
