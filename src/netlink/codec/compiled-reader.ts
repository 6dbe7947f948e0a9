import { WireError } from '../../errors/wire-error.ts';
import type { ReadBuffer } from './buffer.ts';
import { codecConstants, codecExpression, compile, headerExpression } from './compile.ts';
import { align, NLA_TYPE_MASK } from './constants.ts';
import { nlattr } from './struct.ts';
import type { Codec, UnknownAttribute } from './types.ts';

/** A row as a reader needs it. */
export interface ReaderRow {
  readonly key: string;
  readonly number: number;
  readonly codec: Codec<unknown>;
  readonly always: boolean;
}

type Fields = Record<string, unknown>;

/** Reads a run of attributes into the properties of an object. */
export type Reader = (from: ReadBuffer, at: number, length: number) => Fields;

const LENGTH = nlattr.offset.nla_len;
const TYPE = nlattr.offset.nla_type;
const HEADER = nlattr.size;

/** The fastest reader of a table that this process may have. */
export function makeReader(rows: readonly ReaderRow[]): Reader {
  return compileReader(rows) ?? plainReader(rows);
}

/**
 * Calls back for every attribute in a run of them, in order. Up to 3 bytes left over are padding.
 * @example
 * ```ts
 * const address = table('address', { port: required(3, be16) });
 * const to = new WriteBuffer();
 * address.write(to, { port: 80 }, {});
 * eachAttribute(to, 0, to.at, (type, at, size) => console.log(type, at, size)); // 3 4 2
 * ```
 */
export function eachAttribute(
  from: ReadBuffer,
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
      if (!row) fields['unknown'] = keep(fields['unknown'] as UnknownAttribute[], from, type, payload, size);
      else if (row.codec.dependsOn) waiting.push(() => readRow(row, fields, from, payload, size));
      else if (!row.codec.writeOnly) readRow(row, fields, from, payload, size);
    });
    for (const read of waiting) read();
    for (const { key, always } of rows) if (always && fields[key] === undefined) throw within(missing(), key);
    return fields;
  };
}

function readRow({ key, codec }: ReaderRow, fields: Fields, from: ReadBuffer, at: number, size: number): void {
  try {
    const value = codec.read(from, at, size, fields);
    if (value !== undefined) fields[key] = value;
  } catch (error) {
    throw within(error, key);
  }
}

/**
 * Makes the reader of a table: a loop with a case and a variable for each row, numbers read in place, and a short way
 * from each row to the next, since the kernel sends them in order. Where all rows but fallbacks are there the result is made at once,
 * otherwise property by property, each by its own line: one assignment by a computed key for all rows is five times
 * slower, since the engine then learns nothing of the shape of the result.
 */
export function compileReader(rows: readonly ReaderRow[]): Reader | undefined {
  const read = rows.map((row, i) => ({ ...row, i })).filter(({ codec }) => !codec.writeOnly);
  const late = read.filter(({ codec }) => codec.dependsOn);
  const usual = read.filter(({ codec }) => !codec.fallback);
  const must = read.filter(({ always }) => always);
  const may = read.filter(({ always }) => !always);
  const literal = (some: typeof read) =>
    `{ ${some.map(({ key, i }) => `${JSON.stringify(key)}: value${i}`).join(', ')} }`;
  const text = `(from, start, length) => {
  const { view, littleEndian } = from;
  const limit = start + length;
  let row = -1, number = 0, unknown, fields;
  ${read.map(({ i }) => `let value${i};`).join(' ')}
  ${late.map(({ i }) => `let at${i} = -1, size${i} = 0;`).join(' ')}
  try {
    for (let next = start; next + ${HEADER} <= limit; ) {
      const length = view.getUint16(next + ${LENGTH}, littleEndian);
      if (length < ${HEADER} || next + length > limit) { row = -1; throw misfit(length, limit - next); }
      const type = view.getUint16(next + ${TYPE}, littleEndian) & ${NLA_TYPE_MASK};
      let at = next + ${HEADER}, size = length - ${HEADER};
      next += (length + 3) & ~3;
      switch (type) {
        ${rows.map(({ number, codec }, i) => `case ${number}: ${readCase(codec, i)} ${goOn(rows[i + 1])}`).join('\n        ')}
        default: unknown = keep(unknown, from, type, at, size);
      }
    }
    ${late.map((each) => readLate(each, rows)).join('\n    ')}
    ${must.map(({ i }) => `if (value${i} === undefined) { row = ${i}; throw missing(); }`).join('\n    ')}
    if (${
      usual
        .filter(({ always }) => !always)
        .map(({ i }) => `value${i} !== undefined`)
        .join(' && ') || 'true'
    }) {
      fields = ${literal(usual)};
    } else {
      fields = ${literal(must)};
      ${may.map(({ key, i }) => `if (value${i} !== undefined) fields[${JSON.stringify(key)}] = value${i};`).join('\n      ')}
    }
    if (unknown !== undefined) fields.unknown = unknown;
    return fields;
  } catch (error) { throw within(error, keys[row]); }
}`;
  const keys = rows.map(({ key }) => key);
  const codecs = codecConstants(rows.map(({ codec }) => codec));
  return compile(text, { ...codecs, keep, misfit, missing, within, keys });
}

/** Statements that take an attribute at `at` of `size` bytes. */
function readCase(codec: Codec<unknown>, i: number): string {
  if (codec.writeOnly) return '';
  if (codec.dependsOn) return `at${i} = at; size${i} = size;`;
  const called = `codec${i}.read(from, at, size, undefined)`;
  const { inPlace } = codec;
  return `row = ${i}; value${i} = ${inPlace ? `size >= ${inPlace.size} ? ${inPlace.read('at')} : ` : ''}${called};`;
}

/** Statements that go on with the next case where its attribute follows at once, as it mostly does, and end this one else. */
function goOn(row: ReaderRow | undefined): string {
  const { number = 0, codec: { inPlace } = {} } = row ?? {};
  if (!inPlace) return 'break;';
  const length = HEADER + inPlace.size;
  return `if (next + ${length} > limit || view.getUint32(next, littleEndian) !== (${headerExpression(number, length)})) break;
          at = next + ${HEADER}; size = ${inPlace.size}; next += ${align(length)};`;
}

/** A statement that reads an attribute whose form another one decides, when all others are known. */
function readLate({ codec, i }: ReaderRow & { i: number }, rows: readonly ReaderRow[]): string {
  const decisive = rows.findIndex(({ key }) => key === codec.dependsOn);
  const siblings = `{ ${JSON.stringify(codec.dependsOn)}: value${decisive} }`;
  const chosen = codecExpression(codec, i, `value${decisive}`);
  const wanted = codec.fallback ? ` && value${decisive} === undefined` : '';
  return `if (at${i} >= 0${wanted}) { row = ${i}; value${i} = ${chosen}.read(from, at${i}, size${i}, ${siblings}); }`;
}

/** Keeps an attribute that no row describes, so that it can be written back. */
function keep(
  unknown: UnknownAttribute[] = [],
  from: ReadBuffer,
  type: number,
  at: number,
  size: number,
): UnknownAttribute[] {
  unknown.push({ type, payload: new Uint8Array(from.bytes.subarray(at, at + size)) });
  return unknown;
}

function misfit(size: number, left: number): WireError {
  return new WireError(`an attribute of ${size} bytes where ${left} are left`);
}

function missing(): WireError {
  return new WireError('is missing');
}

function within(error: unknown, key: string | undefined): unknown {
  return error instanceof WireError && key !== undefined ? error.within(key) : error;
}
