import { InputError } from '../../errors/input-error.ts';
import { WireError } from '../../errors/wire-error.ts';
import { type Numbered, parseNumbered } from './numbered.ts';
import type { Codec, InPlace } from './types.ts';

const MAX_U64 = 0xffff_ffff_ffff_ffffn;

// The kernel accepts longer payloads for fixed-width attributes (lib/nlattr.c, validate_nla), so readers do too.
function need(length: number, size: number): void {
  if (length < size) throw new WireError(`${length} bytes where ${size} are needed`);
}

function integer(value: unknown, max: number): void {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max)
    throw new InputError(`must be an integer from 0 to ${max}`, value);
}

/** An unsigned integer of up to 32 bits, by the DataView methods for it. */
function unsigned(name: string, size: 1 | 2 | 4, order: 'host' | 'network' = 'host'): Codec<number> {
  const kind = ({ 1: 'Uint8', 2: 'Uint16', 4: 'Uint32' } as const)[size];
  const [get, set] = [`get${kind}`, `set${kind}`] as const;
  const max = 2 ** (8 * size) - 1;
  const endian = order === 'host' ? 'littleEndian' : 'false';
  return {
    name,
    inPlace: {
      size,
      read: (at) => `view.${get}(${at}, ${endian})`,
      accepts: (value) =>
        `typeof ${value} === 'number' && (${value} ${size === 4 ? '>>> 0' : `& ${max}`}) === ${value}`,
      write: (at, value) => `view.${set}(${at}, ${value}, ${endian})`,
    },
    read(from, at, length) {
      need(length, size);
      return from.view[get](at, order === 'host' && from.littleEndian);
    },
    write(to, value) {
      integer(value, max);
      const at = to.reserve(size);
      to.view[set](at, value, order === 'host' && to.littleEndian);
    },
  };
}

/** Unsigned 8-bit integer. */
export const u8 = unsigned('u8', 1);

/** Unsigned 16-bit integer in host byte order. */
export const u16 = unsigned('u16', 2);

/** Unsigned 16-bit integer in network byte order. */
export const be16 = unsigned('be16', 2, 'network');

/** Unsigned 32-bit integer in network byte order. */
export const be32 = unsigned('be32', 4, 'network');

/** Unsigned 32-bit integer in host byte order. */
export const u32 = unsigned('u32', 4);

/** Unsigned 64-bit integer in host byte order; always a bigint. */
export const u64: Codec<bigint> = {
  name: 'u64',
  inPlace: {
    size: 8,
    // Most counters of a table are zero, and the bigint 0n need not be made.
    read: (at) =>
      `view.getUint32(${at}) === 0 && view.getUint32(${at} + 4) === 0 ? 0n : view.getBigUint64(${at}, littleEndian)`,
    accepts: (value) => `typeof ${value} === 'bigint' && ${value} >= 0n && ${value} <= ${MAX_U64}n`,
    write: (at, value) => `view.setBigUint64(${at}, ${value}, littleEndian)`,
  },
  read(from, at, length) {
    need(length, 8);
    return from.view.getBigUint64(at, from.littleEndian);
  },
  write(to, value) {
    if (typeof value !== 'bigint' || value < 0n || value > MAX_U64)
      throw new InputError(`must be a bigint from 0 to ${MAX_U64}`, value);
    const at = to.reserve(8);
    to.view.setBigUint64(at, value, to.littleEndian);
  },
};

/** Unsigned 64-bit integer in host byte order as a number, exact below 2^53: for what cannot grow without bound. */
export const u64AsNumber: Codec<number> = {
  name: 'u64',
  inPlace: {
    size: 8,
    read: (at) => {
      const half = (offset: string) => `view.getUint32(${at} + ${offset}, littleEndian)`;
      const [high, low] = [half('(littleEndian ? 4 : 0)'), half('(littleEndian ? 0 : 4)')];
      return `((number = ${high}) === 0 ? ${low} : number * 0x1_0000_0000 + ${low})`;
    },
    accepts: (value) => `Number.isSafeInteger(${value}) && ${value} >= 0`,
    write: (at, value) => `view.setBigUint64(${at}, BigInt(${value}), littleEndian)`,
  },
  read(from, at, length) {
    need(length, 8);
    const [low, high] = from.littleEndian ? [at, at + 4] : [at + 4, at];
    return from.view.getUint32(high, from.littleEndian) * 0x1_0000_0000 + from.view.getUint32(low, from.littleEndian);
  },
  write(to, value) {
    integer(value, Number.MAX_SAFE_INTEGER);
    const at = to.reserve(8);
    to.view.setBigUint64(at, BigInt(value), to.littleEndian);
  },
};

/**
 * Gives numbers names; one without a name becomes `'#9'` and is written back as 9.
 * @example
 * ```ts
 * const protocol = enumOf(u16, { tcp: 6, udp: 17 });
 * const to = new WriteBuffer();
 * protocol.write(to, 'udp', {});
 * console.log(protocol.read(to, 0, 2, {}), protocol.names.tcp); // udp 6
 * ```
 */
export function enumOf<const Names extends Record<string, number>>(
  codec: Codec<number>,
  names: Names,
): Codec<(keyof Names & string) | Numbered> & {
  /** The numbers, by name, as they were given. */
  readonly names: Names;
} {
  const byNumber = new Map(Object.entries(names).map(([name, number]) => [number, name]));
  const byName = new Map(Object.entries(names));
  const rule = `must be one of ${[...byName.keys()].map((name) => `'${name}'`).join(', ')} or '#' and a number`;
  return {
    name: `named ${codec.name}`,
    names,
    ...(codec.inPlace && { inPlace: namedInPlace(codec.inPlace, Object.entries(names)) }),
    read(from, at, length, siblings) {
      const number = codec.read(from, at, length, siblings);
      return (byNumber.get(number) ?? `#${number}`) as (keyof Names & string) | Numbered;
    },
    write(to, value, siblings) {
      const number = byName.get(value) ?? parseNumbered(value);
      if (number === undefined) throw new InputError(rule, value);
      codec.write(to, number, siblings);
    },
  };
}

/** A chain of comparisons: names are few, and comparing constants is faster than any lookup. */
function namedInPlace(number: InPlace, names: readonly (readonly [name: string, number: number])[]): InPlace {
  const quoted = names.map(([name, each]) => [JSON.stringify(name), each] as const);
  return {
    size: number.size,
    read: (at) =>
      `(number = ${number.read(at)}, ${quoted.map(([name, each]) => `number === ${each} ? ${name} : `).join('')}'#' + number)`,
    accepts: (value) => quoted.map(([name]) => `${value} === ${name}`).join(' || '),
    write: (at, value) => {
      const chain = quoted.map(([name, each]) => `${value} === ${name} ? ${each} : `).join('');
      return number.write(at, `${chain}0`);
    },
  };
}
