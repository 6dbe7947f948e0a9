import type { ReadBuffer, WriteBuffer } from '../codec/buffer.ts';
import type { Scalar, Struct } from '../codec/struct.ts';

/** Values of a fixed structure, by the names of its members. */
export type HeaderValues<Members extends Record<string, Scalar>> = { readonly [Member in keyof Members]: number };

const methods = { u8: 'Uint8', u16: 'Uint16', u32: 'Uint32', s32: 'Int32' } as const satisfies Record<Scalar, string>;

/** Writes every member of a structure; those without a value become 0. */
export function writeHeader(
  { members, offset }: Struct,
  { view, littleEndian }: WriteBuffer,
  at: number,
  values: Readonly<Record<string, number | undefined>>,
): void {
  for (const [member, scalar] of Object.entries(members))
    view[`set${methods[scalar]}`](at + (offset[member] ?? 0), values[member] ?? 0, littleEndian);
}

/** Reads every member of a structure. */
export function readHeader<M extends Record<string, Scalar>>(
  { members, offset }: Struct<M>,
  { view, littleEndian }: ReadBuffer,
  at: number,
): HeaderValues<M> {
  const entries = Object.entries(members).map(
    ([member, scalar]) => [member, view[`get${methods[scalar]}`](at + (offset[member] ?? 0), littleEndian)] as const,
  );
  return Object.fromEntries(entries) as HeaderValues<M>;
}
