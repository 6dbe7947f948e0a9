/** Events of one object at once, and milliseconds until one more: as client-go has it (tools/record/events_cache.go). */
const BURST = 25;
const REFILL = 300_000;

/** How many Events are told of each object: what comes and goes all the time must not fill the cluster's storage. */
export class EventLimit {
  /** When as many as at the start may be told again, by object, in milliseconds since 1970. */
  readonly #fullAt = new Map<string, number>();

  /** Objects that something is noted of. */
  get size(): number {
    return this.#fullAt.size;
  }

  /** Whether one more may be told of an object now; then it counts. */
  admits(object: string, now: number): boolean {
    const fullAt = Math.max(this.#fullAt.get(object) ?? 0, now) + REFILL;
    if (fullAt > now + BURST * REFILL) return false;
    this.#fullAt.set(object, fullAt);
    return true;
  }

  /** Forgets the objects that have all of their Events again. */
  forgetIdle(now: number): void {
    for (const [object, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(object);
  }
}
