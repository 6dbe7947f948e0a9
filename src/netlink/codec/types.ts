import { InputError } from '../../errors/input-error.ts';
import { type ReadBuffer, readBuffer, type WriteBuffer } from './buffer.ts';
import { u8, u16, u32 } from './scalar.ts';
import type { Struct } from './struct.ts';

/** The other attributes of the same set, for a codec whose form depends on one of them. */
export type Siblings = Readonly<Record<string, unknown>>;

/**
 * What a compiled reader or writer does in place of calling the codec, as JavaScript expressions. In scope are `view`,
 * `littleEndian` and, to read, a variable `number` for passing use.
 */
export interface InPlace {
  /** Bytes of the payload; shorter ones are left to the codec's `read`. */
  readonly size: number;
  /** The value at an offset. */
  read(at: string): string;
  /** Whether a value may be written in place; others are left to the codec's `write`. */
  accepts(value: string): string;
  /** Writes the value at an offset. */
  write(at: string, value: string): string;
}

/** How a value looks as the payload of an attribute. */
export interface Codec<T> {
  /** Name of the form, for messages and documentation: `'u16'`. */
  readonly name: string;
  /** Whether the payload is itself a set of attributes. */
  readonly nested?: boolean;
  /** Whether the attribute is passed over when read. */
  readonly writeOnly?: boolean;
  /** The attribute of the same set that decides the form; it is read first. */
  readonly dependsOn?: string;
  /** The forms to decide between, by that attribute's value; any other takes this codec itself. */
  readonly cases?: Readonly<Record<string, Codec<T>>>;
  /** Reads `length` bytes at `at`. Throws {@link WireError}. */
  read(from: ReadBuffer, at: number, length: number, siblings: Siblings): T;
  /** Appends the value. Throws {@link InputError}. */
  write(to: WriteBuffer, value: T, siblings: Siblings): void;
  /** The same in place, for the fixed-width codecs that tables use most. */
  readonly inPlace?: InPlace;
  /** Path of the attribute that contains byte `offset`, as the extended ack gives it. */
  locate?(from: ReadBuffer, at: number, length: number, offset: number): string | undefined;
}

/** The value type of a codec. */
export type Infer<C> = C extends Codec<infer T> ? T : never;

/** A NUL-terminated string of at most `max` bytes before the NUL. */
export function text(max: number): Codec<string> {
  // The same names come again and again, and comparing one is faster than making it.
  let last = '';
  return {
    name: `text(${max})`,
    read({ bytes }, at, length) {
      let end = at;
      while (end < at + length && bytes[end] !== 0) end++;
      if (!isAscii(last, bytes, at, end)) last = bytes.toString('utf8', at, end);
      return last;
    },
    write(to, value) {
      if (typeof value === 'string' && value.length <= max && appendAscii(to, value)) return;
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

/** Whether these bytes are this text, of ASCII characters alone. */
function isAscii(text: string, bytes: Uint8Array, at: number, end: number): boolean {
  if (text.length !== end - at) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127 || code !== bytes[at + i]) return false;
  }
  return true;
}

/** Appends a text of ASCII characters and a NUL; any other text is left to others. */
function appendAscii(to: WriteBuffer, text: string): boolean {
  const start = to.reserve(text.length + 1);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0 || code > 127) {
      to.at = start;
      return false;
    }
    to.bytes[start + i] = code;
  }
  to.bytes[start + text.length] = 0;
  return true;
}

/** Raw bytes, exactly as they are. */
export const bytes: Codec<Uint8Array> = {
  name: 'bytes',
  read: (from, at, length) => new Uint8Array(from.bytes.subarray(at, at + length)),
  write(to, value) {
    if (!(value instanceof Uint8Array)) throw new InputError('must be a Uint8Array', value);
    to.append(value);
  },
};

/** An attribute that is written but not read, because another one says the same better. */
export function writeOnly<T>(codec: Codec<T>): Codec<T | undefined> {
  return {
    name: `${codec.name}, not read`,
    ...(codec.nested && { nested: true }),
    writeOnly: true,
    read: () => undefined,
    write(to, value, siblings) {
      if (value !== undefined) codec.write(to, value, siblings);
    },
  };
}

/**
 * A fixed C structure as one attribute, every member a number. A short payload is zero-extended, as the kernel's
 * `nla_memcpy` does.
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

/** A codec chosen by a sibling attribute, as C chooses the member of a union: an address by its family. */
export function selectBy<T>(sibling: string, cases: Readonly<Record<string, Codec<T>>>, otherwise: Codec<T>): Codec<T> {
  const choose = (siblings: Siblings) => cases[siblings[sibling] as string] ?? otherwise;
  return {
    name: `${[...new Set(Object.values(cases).map((codec) => codec.name))].join(' or ')} by ${sibling}`,
    dependsOn: sibling,
    cases,
    read: (from, at, length, siblings) => choose(siblings).read(from, at, length, siblings),
    write: (to, value, siblings) => choose(siblings).write(to, value, siblings),
  };
}
