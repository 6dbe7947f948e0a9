import { InputError } from '../../errors/input-error.ts';
import type { ReadBuffer } from './buffer.ts';
import { eachAttribute, makeReader, type Reader } from './compiled-reader.ts';
import { type FieldsWriter, makeWriter } from './compiled-writer.ts';
import { nlattr } from './struct.ts';
import type { Codec, Infer, Siblings, UnknownAttribute } from './types.ts';

/** One attribute of a set: its number, its form, and whether it is always there. */
export interface Row<T = unknown, Always extends boolean = boolean> {
  /** Number of the attribute, `nla_type`. */
  readonly number: number;
  /** How its payload is read and written. */
  readonly codec: Codec<T>;
  /** Whether it is in every request and reply: without it reading and writing fail. */
  readonly always: Always;
}

/**
 * An attribute that is always there, in requests and replies.
 * @example
 * ```ts
 * const service = table('service', { family: required(1, u16) });
 * try {
 *   service.read(readBuffer(new Uint8Array(0)), 0, 0, {});
 * } catch (error) {
 *   console.log((error as Error).message); // family: is missing
 * }
 * ```
 */
export function required<T>(number: number, codec: Codec<T>): Row<T, true> {
  return { number, codec, always: true };
}

/**
 * An attribute that may be absent.
 * @example
 * ```ts
 * const service = table('service', { mark: optional(5, u32) });
 * console.log(service.read(readBuffer(new Uint8Array(0)), 0, 0, {})); // {}
 * ```
 */
export function optional<T>(number: number, codec: Codec<T>): Row<T, false> {
  return { number, codec, always: false };
}

/** The rows of a table by the names of their properties. */
// biome-ignore lint/suspicious/noExplicitAny: a row of any value type; `unknown` would refuse them all, codecs being invariant.
export type Rows = Record<string, Row<any>>;
type Keys<R extends Rows, Always extends boolean> = {
  [K in keyof R]: R[K]['always'] extends Always ? K : never;
}[keyof R];
type Pluck<R extends Rows, K extends keyof R> = { [P in K]: Infer<R[P]['codec']> };
type Flatten<T> = { [K in keyof T]: T[K] };

/** The value type of a table: a property for every row, and whatever the table does not know. */
export type Fields<R extends Rows> = Flatten<
  Pluck<R, Keys<R, true>> & { [K in Keys<R, false>]?: Infer<R[K]['codec']> | undefined } & {
    /** Attributes that no row describes, as they were read; they are written back. */
    unknown?: readonly UnknownAttribute[];
  }
>;

/** A set of attributes. Using a table as a codec nests it. */
export interface Table<R extends Rows = Rows> extends Codec<Fields<R>> {
  /** The payload is a set of attributes. */
  readonly nested: true;
  /** The rows that the table was declared with, by name. */
  readonly rows: R;
  /** Path of the attribute that contains byte `offset`: `'service.port'`; undefined where none does. */
  locate(from: ReadBuffer, at: number, length: number, offset: number): string | undefined;
}

const HEADER = nlattr.size;

/** Names that no row can have: one holds what no row describes, the other is no property of its own. */
const RESERVED = ['unknown', '__proto__'];

/**
 * Declares a set of attributes: one row each, its name, its number, its codec. Types, encoder and decoder follow.
 * @throws InputError for a row named `unknown` or `__proto__`
 * @example
 * ```ts
 * const service = table('service', { protocol: required(2, u16), port: optional(4, be16) });
 * const to = new WriteBuffer();
 * service.write(to, { protocol: 6, port: 80 }, {});
 * console.log(service.read(to, 0, to.at, {})); // { protocol: 6, port: 80 }
 * ```
 */
export function table<const R extends Rows>(name: string, rows: R): Table<R> {
  const entries = Object.entries(rows);
  const reserved = entries.find(([key]) => RESERVED.includes(key));
  if (reserved) throw new InputError('is reserved and cannot be the name of a row', reserved[0], name);
  const tableRows = entries.map(([key, row]) => ({ key, ...row }));
  let readFields: Reader | undefined;
  let writeFields: FieldsWriter | undefined;

  return {
    name,
    nested: true,
    rows,

    read(from, at, length) {
      // Made when it is first needed: most tables of a program are only written, or not used at all.
      readFields ??= makeReader(tableRows);
      return readFields(from, at, length) as Fields<R>;
    },

    write(to, value) {
      writeFields ??= makeWriter(tableRows);
      writeFields(to, value as Siblings);
    },

    locate(from, at, length, offset) {
      let path: string | undefined;
      eachAttribute(from, at, length, (type, payload, size) => {
        if (offset < payload - HEADER || offset >= payload + size) return;
        const { key, codec } = tableRows.find(({ number }) => number === type) ?? {
          key: `#${type}`,
          codec: undefined,
        };
        const inner = offset >= payload ? codec?.locate?.(from, payload, size, offset) : undefined;
        path = inner ? `${key}.${inner}` : key;
      });
      return path;
    },
  };
}
