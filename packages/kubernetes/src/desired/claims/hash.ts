const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/** The 32-bit FNV-1a hash of a text's UTF-16 code units, with the finalizer of MurmurHash3: short texts spread well. */
export function hash(text: string, seed = OFFSET_BASIS): number {
  let h = seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), PRIME);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * An order that is the same each time, and on each seed another: schedulers begin with the destination that was added first,
 * and the nodes of a cluster must not all begin with the same.
 */
export function shuffled<T>(items: readonly T[], seed: number, textOf: (item: T) => string): T[] {
  return items
    .map((item) => {
      const text = textOf(item);
      return { item, text, rank: hash(text, seed) };
    })
    .sort((a, b) => a.rank - b.rank || (a.text < b.text ? -1 : 1))
    .map(({ item }) => item);
}
