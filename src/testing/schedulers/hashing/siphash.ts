/** The state of SipHash: four words of 64 bits, each as two of 32, the upper one first. */
type State = Int32Array;

/** SipHash-1-3 of one 32-bit word, the low 32 bits, with a key that is the same word of 32 bits twice (lib/siphash.c, hsiphash_1u32 of 64-bit machines). */
export function sipHash13(word: number, key: number): number {
  const v = Int32Array.of(
    0x736f6d65,
    0x70736575 ^ key,
    0x646f7261,
    0x6e646f6d ^ key,
    0x6c796765,
    0x6e657261 ^ key,
    0x74656462,
    0x79746573 ^ key,
  );
  const [lengthInBytes, end] = [4 << 24, 0xff];
  xor(v, 6, lengthInBytes, word);
  round(v);
  xor(v, 0, lengthInBytes, word);
  xor(v, 4, 0, end);
  for (let i = 0; i < 3; i++) round(v);
  return (at(v, 1) ^ at(v, 3) ^ at(v, 5) ^ at(v, 7)) >>> 0;
}

function round(v: State): void {
  add(v, 0, 2);
  add(v, 4, 6);
  rotate(v, 2, 13);
  rotate(v, 6, 16);
  xor(v, 2, at(v, 0), at(v, 1));
  xor(v, 6, at(v, 4), at(v, 5));
  rotate(v, 0, 32);
  add(v, 4, 2);
  add(v, 0, 6);
  rotate(v, 2, 17);
  rotate(v, 6, 21);
  xor(v, 2, at(v, 4), at(v, 5));
  xor(v, 6, at(v, 0), at(v, 1));
  rotate(v, 4, 32);
}

function at(v: State, index: number): number {
  return v[index] as number;
}

function xor(v: State, index: number, upper: number, lower: number): void {
  v[index] = at(v, index) ^ upper;
  v[index + 1] = at(v, index + 1) ^ lower;
}

function add(v: State, to: number, other: number): void {
  const lower = (at(v, to + 1) >>> 0) + (at(v, other + 1) >>> 0);
  v[to + 1] = lower;
  v[to] = at(v, to) + at(v, other) + (lower > 0xffff_ffff ? 1 : 0);
}

function rotate(v: State, index: number, bits: number): void {
  const [upper, lower] = [at(v, index), at(v, index + 1)];
  if (bits === 32) [v[index], v[index + 1]] = [lower, upper];
  else {
    v[index] = (upper << bits) | (lower >>> (32 - bits));
    v[index + 1] = (lower << bits) | (upper >>> (32 - bits));
  }
}
