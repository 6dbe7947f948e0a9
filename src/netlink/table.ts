import { hostIsLittleEndian } from './byte-order.ts';
import type { Codec, Infer, Siblings } from './codec.ts';
import { InputError } from './errors.ts';
import { eachAttribute, makeReader, type Reader } from './reader.ts';
import { nlattr } from './struct.ts';
import { type Wire, Writer } from './wire.ts';
import { type FieldsWriter, makeWriter } from './writer.ts';

/** One attribute of a set: its number, its form, and whether it is always there. */
export interface Row<T = unknown, Always extends boolean = boolean> {
  readonly number: number;
  readonly codec: Codec<T>;
  readonly always: Always;
}

/** An attribute that is always there, in requests and replies. */
export function must<T>(number: number, codec: Codec<T>): Row<T, true> {
  return { number, codec, always: true };
}

/** An attribute that may be absent. */
export function may<T>(number: number, codec: Codec<T>): Row<T, false> {
  return { number, codec, always: false };
}

/** An attribute that no row of the table describes, kept so that it can be written back. */
export interface UnknownAttribute {
  readonly type: number;
  readonly payload: Uint8Array;
}

// biome-ignore lint/suspicious/noExplicitAny: a row of any value type; `unknown` would refuse them all, codecs being invariant.
export type Rows = Record<string, Row<any>>;
type Keys<R extends Rows, Always extends boolean> = {
  [K in keyof R]: R[K]['always'] extends Always ? K : never;
}[keyof R];
type Pluck<R extends Rows, K extends keyof R> = { [P in K]: Infer<R[P]['codec']> };
type Flatten<T> = { [K in keyof T]: T[K] };

/** The value type of a table: a property for every row, and whatever the table does not know. */
export type Fields<R extends Rows> = Flatten<
  Pluck<R, Keys<R, true>> & Partial<Pluck<R, Keys<R, false>>> & { unknown?: readonly UnknownAttribute[] }
>;

/** A set of attributes. Using a table as a codec nests it. */
export interface Table<R extends Rows = Rows> extends Codec<Fields<R>> {
  readonly nested: true;
  readonly rows: R;
  locate(from: Wire, at: number, length: number, offset: number): string | undefined;
  /**
   * Encodes a value once: what is returned means the same, cannot be changed, and is copied where it is written. Throws
   * InputError, its path beginning with the table's name.
   */
  prepare(value: Fields<R>): Fields<R>;
}

/** The encoded form of a prepared value. */
const PREPARED = Symbol('prepared');

interface Prepared {
  readonly [PREPARED]?: Uint32Array;
}

/** Attributes are padded to whole words, and few of those are copied sooner one by one than by `set`. */
function writeWords(to: Writer, words: Uint32Array): void {
  const at = to.reserve(4 * words.length);
  for (let i = 0; i < words.length; i++) to.view.setUint32(at + 4 * i, words[i] as number, hostIsLittleEndian);
}

const HEADER = nlattr.size;

/** Declares a set of attributes: one row each, its name, its number, its codec. Types, encoder and decoder follow. */
export function table<const R extends Rows>(name: string, rows: R): Table<R> {
  const entries = Object.entries(rows);
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
      const prepared = (value as Prepared)[PREPARED];
      if (prepared && to.littleEndian === hostIsLittleEndian) return writeWords(to, prepared);
      writeFields ??= makeWriter(tableRows);
      writeFields(to, value as Siblings);
    },

    prepare(value) {
      const out = new Writer();
      try {
        this.write(out, value, {});
      } catch (error) {
        throw error instanceof InputError ? error.within(name) : error;
      }
      return Object.freeze({ ...value, [PREPARED]: new Uint32Array(new Uint8Array(out.written()).buffer) });
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
