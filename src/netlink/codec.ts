import { InputError, WireError } from './errors.ts';
import type { Struct } from './struct.ts';
import { type Wire, type Writer, wire } from './wire.ts';

/** The other attributes of the same set, for a codec whose form depends on one of them. */
export type Siblings = Readonly<Record<string, unknown>>;

/** How a value looks as the payload of an attribute. */
export interface Codec<T> {
  /** Name of the form, for messages and documentation: `'u16'`. */
  readonly name: string;
  /** Whether the payload is itself a set of attributes. */
  readonly nested?: boolean;
  /** Whether the attribute is passed over when read. */
  readonly unread?: boolean;
  /** The attribute of the same set that decides the form; it is read first. */
  readonly dependsOn?: string;
  /** Reads `length` bytes at `at`. Throws {@link WireError}. */
  read(from: Wire, at: number, length: number, siblings: Siblings): T;
  /** Appends the value. Throws {@link InputError}. */
  write(to: Writer, value: T, siblings: Siblings): void;
  /** Path of the attribute that contains byte `offset`, as the extended ack gives it. */
  locate?(from: Wire, at: number, length: number, offset: number): string | undefined;
}

/** The value type of a codec. */
export type Infer<C> = C extends Codec<infer T> ? T : never;

// The kernel accepts longer payloads for fixed-width attributes (lib/nlattr.c, validate_nla), so readers do too.
function need(length: number, size: number): void {
  if (length < size) throw new WireError(`${length} bytes where ${size} are needed`);
}

function integer(value: unknown, max: number): void {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max)
    throw new InputError(`must be an integer from 0 to ${max}`, value);
}

/** Unsigned 8-bit integer. */
export const u8: Codec<number> = {
  name: 'u8',
  read(from, at, length) {
    need(length, 1);
    return from.view.getUint8(at);
  },
  write(to, value) {
    integer(value, 0xff);
    const at = to.reserve(1);
    to.view.setUint8(at, value);
  },
};

/** Unsigned 16-bit integer in host byte order. */
export const u16: Codec<number> = {
  name: 'u16',
  read(from, at, length) {
    need(length, 2);
    return from.view.getUint16(at, from.littleEndian);
  },
  write(to, value) {
    integer(value, 0xffff);
    const at = to.reserve(2);
    to.view.setUint16(at, value, to.littleEndian);
  },
};

/** Unsigned 16-bit integer in network byte order. */
export const be16: Codec<number> = {
  name: 'be16',
  read(from, at, length) {
    need(length, 2);
    return from.view.getUint16(at);
  },
  write(to, value) {
    integer(value, 0xffff);
    const at = to.reserve(2);
    to.view.setUint16(at, value);
  },
};

/** Unsigned 32-bit integer in host byte order. */
export const u32: Codec<number> = {
  name: 'u32',
  read(from, at, length) {
    need(length, 4);
    return from.view.getUint32(at, from.littleEndian);
  },
  write(to, value) {
    integer(value, 0xffffffff);
    const at = to.reserve(4);
    to.view.setUint32(at, value, to.littleEndian);
  },
};

/** Unsigned 64-bit integer in host byte order; always a bigint. */
export const u64: Codec<bigint> = {
  name: 'u64',
  read(from, at, length) {
    need(length, 8);
    return from.view.getBigUint64(at, from.littleEndian);
  },
  write(to, value) {
    if (typeof value !== 'bigint' || value < 0n || value > 0xffff_ffff_ffff_ffffn)
      throw new InputError(`must be a bigint from 0 to ${0xffff_ffff_ffff_ffffn}`, value);
    const at = to.reserve(8);
    to.view.setBigUint64(at, value, to.littleEndian);
  },
};

/** Unsigned 64-bit integer in host byte order as a number, exact below 2^53: for what cannot grow without bound. */
export const u64AsNumber: Codec<number> = {
  name: 'u64',
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

/** A NUL-terminated string of at most `max` bytes before the NUL. */
export function text(max: number): Codec<string> {
  return {
    name: `text(${max})`,
    read(from, at, length) {
      let end = at;
      while (end < at + length && from.bytes[end] !== 0) end++;
      return from.bytes.toString('utf8', at, end);
    },
    write(to, value) {
      if (typeof value !== 'string' || value.includes('\0'))
        throw new InputError('must be a string without NUL characters', value);
      const size = Buffer.byteLength(value);
      if (size > max) throw new InputError(`must be at most ${max} bytes long`, value);
      const at = to.reserve(size + 1);
      to.bytes.write(value, at);
      to.bytes[at + size] = 0;
    },
  };
}

/** Raw bytes, exactly as they are. */
export const bytes: Codec<Uint8Array> = {
  name: 'bytes',
  read: (from, at, length) => new Uint8Array(from.bytes.subarray(at, at + length)),
  write(to, value) {
    if (!(value instanceof Uint8Array)) throw new InputError('must be a Uint8Array', value);
    const at = to.reserve(value.length);
    to.bytes.set(value, at);
  },
};

/** An attribute that is written but not read, because another one says the same better. */
export function unread<T>(codec: Codec<T>): Codec<T | undefined> {
  return {
    name: `${codec.name}, not read`,
    ...(codec.nested && { nested: true }),
    unread: true,
    read: () => undefined,
    write(to, value, siblings) {
      if (value !== undefined) codec.write(to, value, siblings);
    },
  };
}

/** A number without a name in the tables, as it is shown and written back: `'#9'`. */
export type Numbered = `#${number}`;

/** Gives numbers names; one without a name becomes `'#9'` and is written back as 9. */
export function named<const Names extends Record<string, number>>(
  codec: Codec<number>,
  names: Names,
): Codec<(keyof Names & string) | Numbered> & { readonly names: Names } {
  const byNumber = new Map(Object.entries(names).map(([name, number]) => [number, name]));
  const byName = new Map(Object.entries(names));
  const rule = `must be one of ${[...byName.keys()].map((name) => `'${name}'`).join(', ')} or '#' and a number`;
  return {
    name: `named ${codec.name}`,
    names,
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

/** The number in `'#9'`; undefined for anything else. */
export function parseNumbered(value: unknown): number | undefined {
  return typeof value === 'string' && /^#\d+$/.test(value) ? Number(value.slice(1)) : undefined;
}

/**
 * A fixed C structure as one attribute, every member a number. A short payload is zero-extended, as the kernel's
 * `nla_memcpy` does.
 */
export function fixed<Members extends Record<string, 'u8' | 'u16' | 'u32'>>(
  struct: Struct<Members>,
): Codec<{ [Member in keyof Members]: number }> {
  const members = Object.entries(struct.members).map(
    ([member, scalar]) => [member, { u8, u16, u32 }[scalar], struct.offset[member] ?? 0] as const,
  );
  return {
    name: `struct ${struct.name}`,
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

function extended(from: Wire, at: number, length: number, size: number): Wire {
  const bytes = new Uint8Array(size);
  bytes.set(from.bytes.subarray(at, at + length));
  return wire(bytes, from.littleEndian);
}

/** A codec chosen by a sibling attribute, as C chooses the member of a union: an address by its family. */
export function by<T>(sibling: string, cases: Readonly<Record<string, Codec<T>>>, otherwise: Codec<T>): Codec<T> {
  const choose = (siblings: Siblings) => cases[siblings[sibling] as string] ?? otherwise;
  return {
    name: `${[...new Set(Object.values(cases).map((codec) => codec.name))].join(' or ')} by ${sibling}`,
    dependsOn: sibling,
    read: (from, at, length, siblings) => choose(siblings).read(from, at, length, siblings),
    write: (to, value, siblings) => choose(siblings).write(to, value, siblings),
  };
}
