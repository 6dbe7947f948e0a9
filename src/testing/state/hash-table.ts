/** A hash table that grows and shrinks, as far as its size can be seen (ip_vs_core.c, struct ip_vs_rht). */
export interface HashTable {
  /** Buckets; 0 where there is no table. */
  readonly size: number;
  readonly bits: number;
  /** The load factor of which the size was computed; 0 if there is no table. */
  readonly loadFactor: number;
}

export const noTable: HashTable = { size: 0, bits: 0, loadFactor: 0 };

/** A table that need not grow before it has more than `count` entries (ip_vs_rht_desired_size). */
export function tableFor(count: number, loadFactor: number, minBits: number, maxBits: number): HashTable {
  const wanted = Math.ceil(Math.log2(Math.max(count, 1))) - loadFactor;
  const bits = Math.min(Math.max(wanted, minBits), maxBits);
  return { size: 2 ** bits, bits, loadFactor };
}
