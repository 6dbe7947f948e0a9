/** After this long the event loop is due. */
const SLICE_MS = 5;

/** A look at the clock costs a noticeable part of a short exchange: several have one in common, by this measure of their work. */
const LOOK_EVERY = 96;
const SHORT_REQUEST = 3;

/** Measures the time since the event loop last had its turn: promises and ticks alone, however many, would keep it waiting. */
export class TimeSlice {
  #start = 0;
  #work = 0;
  #spent = false;

  /** Counts a datagram that was sent; one request, perhaps with its fence, is short work. */
  sent(messages: number): void {
    this.#work += messages <= 2 ? SHORT_REQUEST : LOOK_EVERY;
  }

  /** Counts a datagram that was received. */
  received(messages: number): void {
    this.#work += messages;
  }

  /** Whether the event loop is due. Looks at the clock after enough work, and starts the slice when none is running. */
  check(): boolean {
    if (this.#spent || (this.#start !== 0 && this.#work < LOOK_EVERY)) return this.#spent;
    this.#work = 0;
    const now = performance.now();
    if (this.#start === 0) {
      this.#start = now;
      setImmediate(() => {
        this.#start = 0;
        this.#spent = false;
      });
    }
    this.#spent = now - this.#start > SLICE_MS;
    return this.#spent;
  }
}
