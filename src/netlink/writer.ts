import type { Codec, Siblings } from './codec.ts';
import { NLA_F_NESTED } from './constants.ts';
import { InputError } from './errors.ts';
import { nlattr } from './struct.ts';
import type { Writer } from './wire.ts';

/** A row as a writer needs it. */
export interface WriterRow {
  readonly key: string;
  readonly number: number;
  readonly codec: Codec<unknown>;
  readonly always: boolean;
}

/** Appends the properties of an object as a run of attributes. */
export type FieldsWriter = (to: Writer, fields: Siblings) => void;

const LENGTH = nlattr.offset.nla_len;
const TYPE = nlattr.offset.nla_type;
const HEADER = nlattr.size;

/** The plain writer: what {@link compileWriter} makes faster, and what takes over where code may not be made. */
export function plainWriter(rows: readonly WriterRow[]): FieldsWriter {
  return (to, fields) => {
    for (const { key, number, codec, always } of rows) {
      const value = fields[key];
      if (value === undefined) {
        if (always) throw within(missing(), key);
      } else {
        try {
          const start = begin(to, codec.nested ? number | NLA_F_NESTED : number);
          codec.write(to, value, fields);
          end(to, start);
        } catch (error) {
          throw within(error, key);
        }
      }
    }
    writeUnknown(to, fields);
  };
}

/** Makes the writer of a table: each row by its own line, so that the engine learns the shape of what is written. */
export function compileWriter(rows: readonly WriterRow[]): FieldsWriter {
  const lines = rows.map(({ key, number, codec, always }, i) => {
    const name = JSON.stringify(key);
    const type = codec.nested ? number | NLA_F_NESTED : number;
    const write = `row = ${i}; start = begin(to, ${type}); codec${i}.write(to, value, fields); end(to, start);`;
    return `value = fields[${name}]; if (value !== undefined) { ${write} }${always ? ` else { row = ${i}; throw missing(); }` : ''}`;
  });
  const body = `
  let row = 0, start = 0, value;
  try {
    ${lines.join('\n    ')}
  } catch (error) { throw within(error, keys[row]); }
  writeUnknown(to, fields);`;
  const codecs = rows.map((_, i) => `codec${i}`);
  const helpers = { begin, end, missing, within, writeUnknown, keys: rows.map(({ key }) => key) };
  const make = new Function(...Object.keys(helpers), ...codecs, `return (to, fields) => {${body}\n};`);
  return make(...Object.values(helpers), ...rows.map(({ codec }) => codec));
}

/** The fastest writer that this process may have: Node can be told not to make code from text. */
export function makeWriter(rows: readonly WriterRow[]): FieldsWriter {
  try {
    return compileWriter(rows);
  } catch (error) {
    if (error instanceof EvalError) return plainWriter(rows);
    throw error;
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

/** Writes back what a reader kept because no row described it. */
function writeUnknown(to: Writer, fields: Siblings): void {
  const unknown = fields['unknown'] as readonly { type: number; payload: Uint8Array }[] | undefined;
  if (unknown === undefined) return;
  for (const { type, payload } of unknown) {
    const start = begin(to, type);
    const at = to.reserve(payload.length);
    to.bytes.set(payload, at);
    end(to, start);
  }
}

function missing(): InputError {
  return new InputError('is missing', undefined);
}

function within(error: unknown, key: string): unknown {
  return error instanceof InputError ? error.within(key) : error;
}
