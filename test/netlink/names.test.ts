import { expect, test } from 'vitest';
import {
  enumOf,
  kernelTransport,
  optional,
  readBuffer,
  selectBy,
  table,
  text,
  u8,
  u32,
  WriteBuffer,
} from '../../src/netlink/index.ts';

const inherited = ['constructor', 'toString', '__proto__', 'hasOwnProperty'];

test.each(inherited)('%s selects no case of a union', (name) => {
  const union = table('union', { kind: optional(1, text(15)), value: optional(2, selectBy('kind', {}, u32)) });
  const to = new WriteBuffer();
  union.write(to, { kind: name, value: 7 }, {});
  expect(union.read(readBuffer(to.written()), 0, to.at, {})).toEqual({ kind: name, value: 7 });
});

test.each(inherited)('%s is no name of a number', (name) => {
  const codec = enumOf(u8, { one: 1 });
  expect(() => codec.write(new WriteBuffer(), name as 'one', {})).toThrow("must be one of 'one'");
});

test.each(['unknown', '__proto__'])('no row of a table is named %s', (name) => {
  const rows = Object.fromEntries([[name, optional(1, u8)]]);
  expect(() => table('odd', rows)).toThrow(`odd is reserved and cannot be the name of a row, got '${name}'`);
});

test('a row may have the name of an inherited property', () => {
  const odd = table('odd', { constructor: optional(1, u8), toString: optional(2, u8) });
  const to = new WriteBuffer();
  odd.write(to, { constructor: 1, toString: 2 }, {});
  const fields: unknown = odd.read(readBuffer(to.written()), 0, to.at, {});
  expect(fields).toEqual({ constructor: 1, toString: 2 });
});

test('constructor is no netlink protocol', async () => {
  const open = kernelTransport({ protocol: 'constructor' as 'generic' });
  await expect(open).rejects.toMatchObject({ code: 'ERR_INPUT', path: 'protocol' });
});
