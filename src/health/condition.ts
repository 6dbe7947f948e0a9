/** How many probes it takes to change what is thought of a server. */
export interface ConditionOptions {
  readonly rise: number;
  readonly fall: number;
  /** Milliseconds that a server must have been up for its fall not to count as flapping. */
  readonly steady: number;
}

/** A server that keeps failing soon after it rose must be well this many times longer at most. */
const MAX_DAMPING = 32;

/**
 * What is thought of a server after the probes so far. Each time it falls soon after it rose, it takes twice as many
 * successes in a row until it rises again.
 */
export class Condition {
  #up: boolean;
  /** Probes in a row that spoke against the present condition. */
  #against = 0;
  #damping = 1;
  #since = -Infinity;
  readonly #options: ConditionOptions;

  constructor(up: boolean, options: ConditionOptions) {
    this.#up = up;
    this.#options = options;
  }

  get up(): boolean {
    return this.#up;
  }

  /** When it rose or fell last; -Infinity before. */
  get since(): number {
    return this.#since;
  }

  /** Takes a probe into account; true when the condition has changed. */
  note(success: boolean, now: number): boolean {
    if (this.#up && now - this.#since >= this.#options.steady) this.#damping = 1;
    if (success === this.#up) {
      this.#against = 0;
      return false;
    }
    this.#against++;
    if (this.#against < (this.#up ? this.#options.fall : this.#options.rise * this.#damping)) return false;
    if (this.#up && now - this.#since < this.#options.steady) this.#damping = Math.min(2 * this.#damping, MAX_DAMPING);
    this.#up = success;
    this.#against = 0;
    this.#since = now;
    return true;
  }
}
