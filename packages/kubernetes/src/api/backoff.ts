/** Options of a {@link Backoff}. */
export interface BackoffOptions {
  /** Milliseconds after the first failure; default 500. */
  readonly initial?: number | undefined;
  /** The longest, in milliseconds; default 30,000. */
  readonly maximum?: number | undefined;
  /** From 0 to less than 1, as Math.random, which is the default. */
  readonly random?: (() => number) | undefined;
}

/** The longest that a server's Retry-After is heeded, in milliseconds. */
const MAX_RETRY_AFTER = 300_000;

/** How long to wait after failures in a row: twice as long after each, spread so that many clients do not come at once. */
export class Backoff {
  readonly #initial: number;
  readonly #maximum: number;
  readonly #random: () => number;
  #failures = 0;

  constructor({ initial = 500, maximum = 30_000, random = Math.random }: BackoffOptions = {}) {
    this.#initial = initial;
    this.#maximum = maximum;
    this.#random = random;
  }

  /**
   * Milliseconds to wait after one more failure.
   * @param retryAfter seconds that the server asked for
   */
  next(retryAfter = 0): number {
    const most = Math.min(this.#maximum, this.#initial * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    const asked = Math.min(retryAfter * 1000, MAX_RETRY_AFTER);
    return Math.max(most * (0.5 + this.#random() / 2), asked * (1 + this.#random() / 4));
  }

  reset(): void {
    this.#failures = 0;
  }
}
