import { hash32 } from '../hashing/address-hash.ts';
import type { Surroundings } from '../scheduler.ts';

const TABLE_BITS = 10;
const TABLE_SIZE = 1 << TABLE_BITS;
/** The most entries that stay when their time is not over. */
const LARGE = TABLE_SIZE * 16;

/** Seconds: of the timer, and of an entry that may go when there are too many. */
const CHECK_INTERVAL = 60;
const ENTRY_TIMEOUT = 360;
/** Of so many checks one looks at all entries. */
const CHECKS_PER_FULL = 30;

interface Entry<V> {
  readonly value: V;
  readonly bucket: number;
  lastUse: number;
}

/** What lblc and lblcr remember of addresses (net/netfilter/ipvs/ip_vs_lblc.c, `struct ip_vs_lblc_table`). */
export class LocalityCache<V> {
  /** By the address; the newest last. */
  readonly #entries = new Map<string, Entry<V>>();
  readonly #surroundings: Surroundings;
  readonly #expiration: string;
  readonly #release: (value: V) => void;
  /** The bucket that was looked at last. */
  #rover = 0;
  #counter = 1;
  /** Time of the next check. */
  due: number;

  /**
   * @param expiration the sysctl of the seconds after which an unused entry is forgotten
   * @param release called for what is forgotten
   */
  constructor(surroundings: Surroundings, expiration: string, release: (value: V) => void) {
    this.#surroundings = surroundings;
    this.#expiration = expiration;
    this.#release = release;
    this.due = surroundings.now + CHECK_INTERVAL;
  }

  /** What is remembered of an address, which counts as a use. */
  get(address: Buffer): V | undefined {
    const entry = this.#entries.get(address.toString('latin1'));
    if (entry) entry.lastUse = this.#surroundings.now;
    return entry?.value;
  }

  /** @param folded the address as one word */
  set(address: Buffer, folded: number, value: V): void {
    const key = address.toString('latin1');
    this.#remove(key);
    this.#entries.set(key, { value, bucket: hash32(folded, TABLE_BITS), lastUse: this.#surroundings.now });
  }

  clear(): void {
    for (const key of this.#entries.keys()) this.#remove(key);
  }

  /** The turn of the timer (ip_vs_lblc_check_expire). */
  check(): void {
    this.due += CHECK_INTERVAL;
    if (this.#counter % CHECKS_PER_FULL === 0) {
      this.#counter = 1;
      this.#expire(this.#surroundings.sysctl(this.#expiration), Infinity);
    } else if (this.#entries.size <= LARGE) this.#counter++;
    else this.#expire(ENTRY_TIMEOUT, Math.min(Math.trunc(((this.#entries.size - LARGE) * 4) / 3), LARGE / 2));
  }

  /** Forgets entries that were not used for a time, bucket by bucket from the last one on, until there were enough. */
  #expire(seconds: number, enough: number): void {
    const buckets = new Map<number, string[]>();
    for (const [key, { bucket, lastUse }] of this.#entries) {
      if (this.#surroundings.now < lastUse + seconds) continue;
      buckets.set(bucket, [...(buckets.get(bucket) ?? []), key]);
    }
    let left = enough;
    for (let i = 0; i < TABLE_SIZE && left > 0; i++) {
      this.#rover = (this.#rover + 1) % TABLE_SIZE;
      const keys = buckets.get(this.#rover) ?? [];
      for (const key of keys) this.#remove(key);
      left -= keys.length;
    }
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#release(entry.value);
  }
}
