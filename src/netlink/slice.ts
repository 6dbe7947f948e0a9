/** After this long the event loop is due. */
const SLICE_MS = 8;

/** Keeps the time since the event loop last had its turn: promises and ticks alone, however many, would keep it waiting. */
export class Slice {
  #start = 0;
  #asked = 0;
  #over = false;

  /** Whether the event loop is due, when asked after little work: a look at the clock costs a noticeable part of that. */
  get overSoon(): boolean {
    return (this.#asked++ & 7) === 0 ? this.over : this.#over;
  }

  /** Whether the event loop is due. */
  get over(): boolean {
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
