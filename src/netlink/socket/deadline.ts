/** Answers may pause for this long. */
const PAUSE_MS = 1000;

/** Answers to one batch may go on for this long: some ten million entries of a dump. */
const WHOLE_MS = 60_000;

/** More than this between two looks is time in which this process stood still or did other things, not the kernel. */
const LOOK_MS = 100;

/** Ends the wait for answers that do not come, or that do not end. */
export class Deadline {
  #answers = -1;
  #looked = performance.now();
  #pause = 0;
  #whole = 0;

  /** Whether the time is over, given how many answers came so far. Looks at the clock. */
  check(answers: number): boolean {
    const now = performance.now();
    const waited = Math.min(now - this.#looked, LOOK_MS);
    this.#looked = now;
    this.#whole += waited;
    this.#pause = answers === this.#answers ? this.#pause + waited : 0;
    this.#answers = answers;
    return this.#pause > PAUSE_MS || this.#whole > WHOLE_MS;
  }
}
