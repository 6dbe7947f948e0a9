import type { Codec, Infer, Siblings } from './codec.ts';
import { NLA_F_NESTED } from './constants.ts';
import { InputError, WireError } from './errors.ts';
import { eachAttribute, makeReader, type Reader } from './reader.ts';
import { nlattr } from './struct.ts';
import type { Wire, Writer } from './wire.ts';

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
}

const LENGTH = nlattr.offset.nla_len;
const TYPE = nlattr.offset.nla_type;
const HEADER = nlattr.size;

/** Declares a set of attributes: one row each, its name, its number, its codec. Types, encoder and decoder follow. */
export function table<const R extends Rows>(name: string, rows: R): Table<R> {
  const entries = Object.entries(rows);
  const readerRows = entries.map(([key, { number, codec }]) => ({ key, number, codec }));
  let readFields: Reader | undefined;
  const always = entries.filter(([, row]) => row.always).map(([key]) => key);

  return {
    name,
    nested: true,
    rows,

    read(from, at, length) {
      // Made when it is first needed: most tables of a program are only written, or not used at all.
      readFields ??= makeReader(readerRows);
      const fields = readFields(from, at, length);
      for (const key of always) if (fields[key] === undefined) throw new WireError('is missing', key);
      return fields as Fields<R>;
    },

    write(to, value) {
      const fields = value as Siblings;
      for (const [key, row] of entries) {
        const field = fields[key];
        if (field !== undefined) writeField(to, key, row, field, fields);
        else if (row.always) throw new InputError('is missing', field, key);
      }
      for (const { type, payload } of (fields['unknown'] ?? []) as readonly UnknownAttribute[]) {
        const start = begin(to, type);
        const at = to.reserve(payload.length);
        to.bytes.set(payload, at);
        end(to, start);
      }
    },

    locate(from, at, length, offset) {
      let path: string | undefined;
      eachAttribute(from, at, length, (type, payload, size) => {
        if (offset < payload - HEADER || offset >= payload + size) return;
        const { key, codec } = readerRows.find(({ number }) => number === type) ?? {
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

function writeField(to: Writer, key: string, row: Row, field: unknown, fields: Siblings): void {
  try {
    const start = begin(to, row.codec.nested ? row.number | NLA_F_NESTED : row.number);
    row.codec.write(to, field, fields);
    end(to, start);
  } catch (error) {
    throw error instanceof InputError ? error.within(key) : error;
  }
}

function begin(to: Writer, type: number): number {
  const start = to.reserve(HEADER);
  to.view.setUint16(start + TYPE, type, to.littleEndian);
  return start;
}

function end(to: Writer, start: number): void {
  const size = to.at - start;
  if (size > 0xffff) throw new InputError('must fit into an attribute of 65535 bytes', size);
  to.view.setUint16(start + LENGTH, size, to.littleEndian);
  to.pad();
}
