/** Answers may pause for this long. */
const PAUSE_MS = 1000;

/** Answers to one batch may go on for this long: some ten million entries of a dump. */
const WHOLE_MS = 60_000;

/** Ends the wait for answers that do not come, or that do not end. */
export class Deadline {
  #answers = -1;
  #nextBy = 0;
  #lastBy = 0;

  /** Whether the time is over, given how many answers came so far. Looks at the clock, which starts with the first call. */
  check(answers: number): boolean {
    const now = performance.now();
    if (this.#lastBy === 0) this.#lastBy = now + WHOLE_MS;
    if (answers !== this.#answers) {
      this.#answers = answers;
      this.#nextBy = now + PAUSE_MS;
    }
    return now > this.#nextBy || now > this.#lastBy;
  }
}
