import { InputError } from '../../errors/input-error.ts';
import { within } from '../../errors/within.ts';
import type { WriteBuffer } from './buffer.ts';
import { codecConstants, codecExpression, compile, headerExpression } from './compile.ts';
import { align, NLA_F_NESTED } from './constants.ts';
import { nlattr } from './struct.ts';
import type { Codec, InPlace, Siblings } from './types.ts';

/** A row as a writer needs it. */
export interface WriterRow {
  readonly key: string;
  readonly number: number;
  readonly codec: Codec<unknown>;
  readonly always: boolean;
}

/** Appends the properties of an object as a run of attributes. */
export type FieldsWriter = (to: WriteBuffer, fields: Siblings) => void;

const LENGTH = nlattr.offset.nla_len;
const TYPE = nlattr.offset.nla_type;
const HEADER = nlattr.size;

/** The fastest writer of a table that this process may have. */
export function makeWriter(rows: readonly WriterRow[]): FieldsWriter {
  return compileWriter(rows) ?? plainWriter(rows);
}

/** The plain writer: what {@link compileWriter} makes faster, and what takes over where code may not be made. */
export function plainWriter(rows: readonly WriterRow[]): FieldsWriter {
  return (to, fields) => {
    for (const { key, codec, always, ...row } of rows) {
      const value = fields[key];
      if (value === undefined) {
        if (always) throw within(key, missing());
      } else {
        try {
          const start = to.reserve(HEADER);
          codec.write(to, value, fields);
          end(to, start, typeOf({ codec, ...row }), 0);
        } catch (error) {
          throw within(key, error);
        }
      }
    }
    writeUnknown(to, fields);
  };
}

/**
 * Makes the writer of a table: each row by its own line, so that the engine learns the shape of what is written, and
 * numbers in place.
 */
export function compileWriter(rows: readonly WriterRow[]): FieldsWriter | undefined {
  const room = rows.reduce((sum, { codec }) => sum + HEADER + align(codec.inPlace?.size ?? 0), 0);
  const lines = rows.map((row, i) => {
    const called = `to.at = at + ${HEADER};
        ${codecExpression(row.codec, i, `fields[${JSON.stringify(row.codec.dependsOn)}]`)}.write(to, value, fields);
        at = end(to, at, ${typeOf(row)}, ${room});
        view = to.view;`;
    return `
    value = fields[${JSON.stringify(row.key)}];
    if (value !== undefined) {
      row = ${i};
      ${row.codec.inPlace ? writeInPlace(typeOf(row), row.codec.inPlace, called) : called}
    } ${row.always ? `else { row = ${i}; throw missing(); }` : ''}`;
  });
  const text = `(to, fields) => {
  const { littleEndian } = to;
  let row = 0, value;
  to.ensure(${room});
  let { at, view } = to;
  try {${lines.join('')}
  } catch (error) { throw within(keys[row], error); }
  to.at = at;
  writeUnknown(to, fields);
}`;
  const keys = rows.map(({ key }) => key);
  return compile(text, { ...codecConstants(rows.map(({ codec }) => codec)), end, missing, within, writeUnknown, keys });
}

/** Statements that append an attribute of known width; `otherwise` those for a value that cannot be written in place. */
function writeInPlace(type: number, { size, accepts, write }: InPlace, otherwise: string): string {
  const length = HEADER + size;
  const end = HEADER + align(size);
  return `if (${accepts('value')}) {
        view.setUint32(at, ${headerExpression(type, length)}, littleEndian);
        ${end > length ? `view.setUint32(at + ${end - 4}, 0);` : ''}
        ${write(`at + ${HEADER}`, 'value')};
        at += ${end};
      } else {
        ${otherwise}
      }`;
}

function typeOf({ number, codec }: Pick<WriterRow, 'number' | 'codec'>): number {
  return codec.nested ? number | NLA_F_NESTED : number;
}

/** Writes the header of the attribute that began at `start`, pads it, and makes room for `room` bytes more. */
function end(to: WriteBuffer, start: number, type: number, room: number): number {
  const length = to.at - start;
  if (length > 0xffff) throw new InputError('must fit into an attribute of 65535 bytes', length);
  to.view.setUint16(start + LENGTH, length, to.littleEndian);
  to.view.setUint16(start + TYPE, type, to.littleEndian);
  to.pad();
  to.ensure(room);
  return to.at;
}

/** Writes back what a reader kept because no row described it. */
function writeUnknown(to: WriteBuffer, fields: Siblings): void {
  const unknown = fields['unknown'] as readonly { type: number; payload: Uint8Array }[] | undefined;
  if (unknown === undefined) return;
  for (const { type, payload } of unknown) {
    const start = to.reserve(HEADER);
    to.append(payload);
    end(to, start, type, 0);
  }
}

function missing(): InputError {
  return new InputError('is missing', undefined);
}
