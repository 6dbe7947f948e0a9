import { type ReadBuffer, readBuffer } from './buffer.ts';
import { u8, u16, u32 } from './scalar.ts';
import type { Struct } from './struct.ts';
import type { Codec, InPlace } from './types.ts';

/**
 * A fixed C structure as one attribute, every member a number. A short payload is zero-extended, as the kernel's
 * `nla_memcpy` does.
 * @example
 * ```ts
 * const flags = structOf(struct('ip_vs_flags', { flags: 'u32', mask: 'u32' }));
 * const to = new WriteBuffer();
 * flags.write(to, { flags: 1, mask: 3 }, {});
 * console.log(flags.read(to, 0, 8, {})); // { flags: 1, mask: 3 }
 * ```
 */
export function structOf<Members extends Record<string, 'u8' | 'u16' | 'u32'>>(
  struct: Struct<Members>,
): Codec<{ [Member in keyof Members]: number }> {
  const members = Object.entries(struct.members).map(
    ([member, scalar]) => [member, { u8, u16, u32 }[scalar], struct.offset[member] ?? 0] as const,
  );
  return {
    name: `struct ${struct.name}`,
    inPlace: structInPlace(struct.size, members),
    read(from, at, length, siblings) {
      const value: Record<string, number> = {};
      const whole = length < struct.size ? extended(from, at, length, struct.size) : from;
      const start = whole === from ? at : 0;
      for (const [member, codec, offset] of members)
        value[member] = codec.read(whole, start + offset, struct.size - offset, siblings);
      return value as { [Member in keyof Members]: number };
    },
    write(to, value, siblings) {
      for (const [member, codec] of members) codec.write(to, value[member] ?? Number.NaN, siblings);
    },
  };
}

function structInPlace(size: number, members: readonly (readonly [string, Codec<number>, number])[]): InPlace {
  const each = members.flatMap(([member, { inPlace }, offset]) =>
    inPlace ? [{ key: JSON.stringify(member), inPlace, offset }] : [],
  );
  const fields = (at: string) => each.map(({ key, inPlace, offset }) => `${key}: ${inPlace.read(`${at} + ${offset}`)}`);
  return {
    size,
    read: (at) => `({ ${fields(at).join(', ')} })`,
    accepts: (value) =>
      [`${value} !== null`, ...each.map(({ key, inPlace }) => inPlace.accepts(`${value}[${key}]`))].join(' && '),
    write: (at, value) =>
      each.map(({ key, inPlace, offset }) => inPlace.write(`${at} + ${offset}`, `${value}[${key}]`)).join('; '),
  };
}

function extended(from: ReadBuffer, at: number, length: number, size: number): ReadBuffer {
  const bytes = new Uint8Array(size);
  bytes.set(from.bytes.subarray(at, at + length));
  return readBuffer(bytes, from.littleEndian);
}
