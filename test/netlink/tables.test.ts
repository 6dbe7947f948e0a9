import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { command, info } from '../../src/ipvs/wire/tables.ts';
import { compileReader, plainReader, type Reader } from '../../src/netlink/codec/compiled-reader.ts';
import { compileWriter, type FieldsWriter, plainWriter } from '../../src/netlink/codec/compiled-writer.ts';
import {
  be16,
  bytes,
  type Codec,
  enumOf,
  type Infer,
  InputError,
  optional,
  type Rows,
  readBuffer,
  required,
  type Siblings,
  struct,
  structOf,
  type Table,
  table,
  text,
  u8,
  u16,
  u32,
  u64,
  WireError,
  WriteBuffer,
} from '../../src/netlink/index.ts';

const inner = table('inner', { port: required(1, be16), note: optional(2, text(15)) });
const outer = table('outer', {
  kind: optional(1, enumOf(u16, { one: 1, two: 2 })),
  count: optional(2, u32),
  total: optional(3, u64),
  small: optional(4, u8),
  raw: optional(5, bytes),
  inner: optional(6, inner),
  pair: optional(7, structOf(struct('pair', { first: 'u16', second: 'u32' }))),
});

const number = (max: number) => fc.oneof(fc.constantFrom(0, 1, max), fc.integer({ min: 0, max }));
const word = fc.stringMatching(/^[ -~]{0,15}$/);
const outerValue = fc.record(
  {
    kind: fc.oneof(
      fc.constantFrom('one' as const, 'two' as const),
      number(65535)
        .filter((n) => n > 2)
        .map((n) => `#${n}` as const),
    ),
    count: number(0xffffffff),
    total: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
    small: number(255),
    raw: fc.uint8Array({ maxLength: 20 }),
    inner: fc.record({ port: number(65535), note: word }, { requiredKeys: ['port'] }),
    pair: fc.record({ first: number(65535), second: number(0xffffffff) }),
    unknown: fc.array(
      fc.record({ type: fc.integer({ min: 100, max: 16383 }), payload: fc.uint8Array({ maxLength: 9 }) }),
      { minLength: 1, maxLength: 3 },
    ),
  },
  { requiredKeys: [] },
);

function encode<T>(codec: Codec<T>, value: T, littleEndian?: boolean): Buffer {
  const out = new WriteBuffer(8, littleEndian);
  codec.write(out, value, {});
  return Buffer.from(out.written());
}

function decode<R extends Rows>(codec: Table<R>, from: Uint8Array, littleEndian?: boolean): Infer<Table<R>> {
  return codec.read(readBuffer(from, littleEndian), 0, from.length, {});
}

describe('tables', () => {
  test('bring values back as they were, in both byte orders', () => {
    fc.assert(
      fc.property(outerValue, fc.boolean(), (value, littleEndian) => {
        const encoded = encode(outer, value as Infer<typeof outer>, littleEndian);
        const decoded = decode(outer, encoded, littleEndian);
        expect(decoded).toEqual(value);
        expect(encode(outer, decoded, littleEndian)).toEqual(encoded);
      }),
      { numRuns: 2000 },
    );
  });

  test('lay bytes out as netlink wants them, in both byte orders', () => {
    const value = { count: 0x01020304, inner: { port: 0x5060, note: 'ab' } };
    const words = (hex: string) => hex.replaceAll(' ', '');
    expect(encode(outer, value, true).toString('hex')).toBe(
      words('0800 0200 04030201 1400 0680 0600 0100 5060 0000 0700 0200 616200 00'),
    );
    expect(encode(outer, value, false).toString('hex')).toBe(
      words('0008 0002 01020304 0014 8006 0006 0001 5060 0000 0007 0002 616200 00'),
    );
  });

  test('take the last of several, longer integers, and any flags on a type', () => {
    const hex = '0800020001000000 0c0002c0020000000000ffff';
    expect(decode(outer, Buffer.from(hex.replaceAll(' ', ''), 'hex'), true)).toEqual({ count: 2 });
  });

  test('keep every attribute that no row describes, however many', () => {
    const one = Buffer.from('0500e703aa000000', 'hex');
    const many = Buffer.concat(Array.from({ length: 100_000 }, () => one));
    expect(decode(outer, many, true).unknown).toHaveLength(100_000);
  });

  test('tell texts apart whose characters are the bytes of another', () => {
    const note = table('note', { note: required(1, text(15)) });
    for (const value of ['rr', 'Ã©', 'é', 'wrr', 'rr', '', 'rr '])
      expect(decode(note, encode(note, { note: value }))).toEqual({ note: value });
  });

  test('extend a short structure with zeros, as nla_memcpy does', () => {
    const flags = table('flags', { both: optional(1, structOf(struct('both', { first: 'u32', second: 'u32' }))) });
    const bytes = Buffer.from('0a000100 01000000 ff02 0000'.replaceAll(' ', ''), 'hex');
    expect(decode(flags, bytes, true)).toEqual({ both: { first: 1, second: 0x2ff } });
    expect(decode(flags, Buffer.from('05000100 07 000000'.replaceAll(' ', ''), 'hex'), true)).toEqual({
      both: { first: 7, second: 0 },
    });
  });

  test('name the place of a value that does not fit', () => {
    const port = (value: unknown) => encode(outer, { inner: { port: value as number } });
    expect(() => port(70000)).toThrow(new InputError('must be an integer from 0 to 65535', 70000, 'inner.port'));
    expect(() => port(undefined)).toThrow('inner.port is missing, got undefined');
    expect(() => encode(outer, { kind: 'three' as never })).toThrow(
      "kind must be one of 'one', 'two' or '#' and a number, got 'three'",
    );
    expect(() => encode(outer, { inner: { port: 1, note: 'x'.repeat(16) } })).toThrow(
      'inner.note must be at most 15 bytes long',
    );
    expect(() => encode(outer, { inner: { port: 1, note: 'a\0b' } })).toThrow(
      'must be a string without NUL characters',
    );
    expect(() => encode(outer, { total: 1 as never })).toThrow('total must be a bigint');
    expect(() => encode(outer, { raw: 'text' as never })).toThrow('raw must be a Uint8Array');
    expect(() => encode(outer, { raw: new Uint8Array(65536) })).toThrow(
      'raw must fit into an attribute of 65535 bytes',
    );
  });

  test('name the place of bytes that cannot be read', () => {
    const cut = Buffer.from('0c000600 0500 0100 50 000000'.replaceAll(' ', ''), 'hex');
    expect(() => decode(outer, cut, true)).toThrow(new WireError('1 bytes where 2 are needed', 'inner.port'));
    expect(() => decode(outer, Buffer.from('04000600', 'hex'), true)).toThrow('inner.port: is missing');
    expect(() => decode(outer, Buffer.from('ff000600', 'hex'), true)).toThrow(
      'an attribute of 255 bytes where 4 are left',
    );
  });

  test('find the attribute at an offset', () => {
    const encoded = encode(outer, { count: 1, inner: { port: 1, note: 'x' } }, true);
    const at = (offset: number) => outer.locate(readBuffer(encoded, true), 0, encoded.length, offset);
    expect([at(0), at(8), at(12), at(20), at(999)]).toEqual(['count', 'inner', 'inner.port', 'inner.note', undefined]);
  });

  test('decode any bytes or raise a WireError, and never read past their end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, littleEndian) => {
        decodeOrWireError(command, noise, littleEndian);
        decodeOrWireError(info, noise, littleEndian);
      }),
      { numRuns: 5000 },
    );
  });

  test('are read alike by the plain reader and the compiled one', () => {
    const rows = Object.entries(outer.rows).map(([key, row]) => ({ key, ...row }));
    const [plain, compiled] = [plainReader(rows), compileReader(rows) as Reader];
    const outcome = (read: typeof plain, from: Uint8Array) => {
      try {
        return read(readBuffer(from), 0, from.length);
      } catch (error) {
        return error;
      }
    };
    const noise = fc.uint8Array({ maxLength: 100 });
    const real = outerValue.map((value) => new Uint8Array(encode(outer, value as Infer<typeof outer>)));
    const outOfOrder = fc.tuple(real, real, fc.nat()).map(([one, other, cut]) => {
      const both = Buffer.concat([one, other]);
      return both.subarray(0, cut % (both.length + 1));
    });
    fc.assert(
      fc.property(fc.oneof(noise, real, outOfOrder), (from) => {
        expect(outcome(compiled, from)).toEqual(outcome(plain, from));
      }),
      { numRuns: 2000 },
    );
  });

  test('are written alike by the plain writer and the compiled one', () => {
    const rows = Object.entries(outer.rows).map(([key, row]) => ({ key, ...row }));
    const [plain, compiled] = [plainWriter(rows), compileWriter(rows) as FieldsWriter];
    const outcome = (write: typeof plain, value: object) => {
      const out = new WriteBuffer();
      try {
        write(out, value as Siblings);
        return Buffer.from(out.written());
      } catch (error) {
        return error;
      }
    };
    const wrong = fc.record(
      { kind: fc.anything(), count: fc.anything(), inner: fc.object(), pair: fc.anything() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(outerValue, wrong), (value) => {
        expect(outcome(compiled, value)).toEqual(outcome(plain, value));
      }),
      { numRuns: 2000 },
    );
  });

  test('survive any changed byte and any cut of a real message', () => {
    const service = { family: 'inet', protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'rr' } as const;
    const real = encode(command, {
      service: { ...service, flags: { flags: 1, mask: 2 }, timeout: 3, netmask: '255.0.0.0' },
    });
    const place = fc.nat({ max: real.length - 1 });
    fc.assert(
      fc.property(place, fc.nat({ max: 255 }), place, (at, value, cut) => {
        const changed = Buffer.from(real);
        changed[at] = value;
        decodeOrWireError(command, changed);
        decodeOrWireError(command, real.subarray(0, cut));
      }),
      { numRuns: 5000 },
    );
  });
});

function decodeOrWireError<R extends Rows>(codec: Table<R>, from: Uint8Array, littleEndian?: boolean): void {
  // Surrounded by other bytes: a reader that goes past the end would find them rather than fail.
  const surrounded = Buffer.concat([from, Buffer.alloc(64, 0xff)]);
  try {
    const inside = codec.read(readBuffer(surrounded, littleEndian), 0, from.length, {});
    expect(inside).toEqual(decode(codec, from, littleEndian));
  } catch (error) {
    expect(error).toBeInstanceOf(WireError);
  }
}
