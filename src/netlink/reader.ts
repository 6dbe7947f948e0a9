import type { Codec } from './codec.ts';
import { align, NLA_TYPE_MASK } from './constants.ts';
import { WireError } from './errors.ts';
import { nlattr } from './struct.ts';
import type { Wire } from './wire.ts';

/** A row as a reader needs it. */
export interface ReaderRow {
  readonly key: string;
  readonly number: number;
  readonly codec: Codec<unknown>;
}

type Fields = Record<string, unknown>;

/** Reads a run of attributes into the properties of an object. */
export type Reader = (from: Wire, at: number, length: number) => Fields;

const LENGTH = nlattr.offset.nla_len;
const TYPE = nlattr.offset.nla_type;
const HEADER = nlattr.size;

/** Calls back for every attribute in a run of them, in order. Up to 3 bytes left over are padding. */
export function eachAttribute(
  from: Wire,
  at: number,
  length: number,
  visit: (type: number, payload: number, size: number) => void,
): void {
  const { view, littleEndian } = from;
  const limit = at + length;
  for (let next = at; next + HEADER <= limit; ) {
    const size = view.getUint16(next + LENGTH, littleEndian);
    if (size < HEADER || next + size > limit) throw misfit(size, limit - next);
    visit(view.getUint16(next + TYPE, littleEndian) & NLA_TYPE_MASK, next + HEADER, size - HEADER);
    next += align(size);
  }
}

/** The plain reader: what {@link compileReader} makes faster, and what takes over where code may not be made. */
export function plainReader(rows: readonly ReaderRow[]): Reader {
  const byNumber = new Map(rows.map((row) => [row.number, row]));
  return (from, at, length) => {
    const fields: Fields = {};
    const waiting: (() => void)[] = [];
    eachAttribute(from, at, length, (type, payload, size) => {
      const row = byNumber.get(type);
      if (!row) keep(fields, from, type, payload, size);
      else if (row.codec.dependsOn) waiting.push(() => readRow(row, fields, from, payload, size));
      else if (!row.codec.unread) readRow(row, fields, from, payload, size);
    });
    for (const read of waiting) read();
    return fields;
  };
}

function readRow({ key, codec }: ReaderRow, fields: Fields, from: Wire, at: number, size: number): void {
  try {
    fields[key] = codec.read(from, at, size, fields);
  } catch (error) {
    throw within(error, key);
  }
}

/**
 * Makes the reader of a table: a loop with a case for each row, each assigning its own property. One assignment by a
 * computed key for all rows is five times slower, since the engine then learns nothing of the shape of the result.
 */
export function compileReader(rows: readonly ReaderRow[]): Reader {
  const property = ({ key }: ReaderRow) => `fields[${JSON.stringify(key)}]`;
  const cases = rows.map((row, i) => {
    if (row.codec.unread) return `case ${row.number}: break;`;
    if (row.codec.dependsOn) return `case ${row.number}: at${i} = payload; size${i} = size; break;`;
    return `case ${row.number}: row = ${i}; ${property(row)} = codecs${i}.read(from, payload, size, fields); break;`;
  });
  const waiting = rows.flatMap((row, i) => (row.codec.dependsOn ? [{ row, i }] : []));
  const body = `
  const { view, littleEndian } = from;
  const limit = at + length;
  const fields = {};
  let row = 0;
  ${waiting.map(({ i }) => `let at${i} = -1, size${i} = 0;`).join(' ')}
  for (let next = at; next + ${HEADER} <= limit; ) {
    const length = view.getUint16(next + ${LENGTH}, littleEndian);
    if (length < ${HEADER} || next + length > limit) throw misfit(length, limit - next);
    const type = view.getUint16(next + ${TYPE}, littleEndian) & ${NLA_TYPE_MASK};
    const payload = next + ${HEADER}, size = length - ${HEADER};
    try {
      switch (type) {
        ${cases.join('\n        ')}
        default: keep(fields, from, type, payload, size);
      }
    } catch (error) { throw within(error, keys[row]); }
    next += (length + 3) & ~3;
  }
  try {
    ${waiting.map(({ row, i }) => `if (at${i} >= 0) { row = ${i}; ${property(row)} = codecs${i}.read(from, at${i}, size${i}, fields); }`).join('\n    ')}
  } catch (error) { throw within(error, keys[row]); }
  return fields;`;
  const codecs = rows.map((_, i) => `codecs${i}`);
  const make = new Function('keep', 'misfit', 'within', 'keys', ...codecs, `return (from, at, length) => {${body}\n};`);
  return make(
    keep,
    misfit,
    within,
    rows.map(({ key }) => key),
    ...rows.map(({ codec }) => codec),
  );
}

/** The fastest reader that this process may have: Node can be told not to make code from text. */
export function makeReader(rows: readonly ReaderRow[]): Reader {
  try {
    return compileReader(rows);
  } catch (error) {
    if (error instanceof EvalError) return plainReader(rows);
    throw error;
  }
}

/** Keeps an attribute that no row describes, so that it can be written back. */
function keep(fields: Fields, from: Wire, type: number, at: number, size: number): void {
  const payload = new Uint8Array(from.bytes.subarray(at, at + size));
  fields['unknown'] ??= [];
  (fields['unknown'] as { type: number; payload: Uint8Array }[]).push({ type, payload });
}

function misfit(size: number, left: number): WireError {
  return new WireError(`an attribute of ${size} bytes where ${left} are left`);
}

function within(error: unknown, key: string): unknown {
  return error instanceof WireError ? error.within(key) : error;
}
