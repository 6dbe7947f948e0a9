import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalAddress, familyOf } from '../../src/linux/address.ts';
import { type RawMessage, type RawOperation, WriteBuffer } from '../../src/netlink/index.ts';
import { readHeader, writeHeader } from '../../src/netlink/raw/header.ts';
import { type AddressSpec, decodeAddress, encodeAddress, encodeAddressKey } from '../../src/rtnetlink/model/address.ts';
import { decodeLink, encodeLink, type LinkSpec } from '../../src/rtnetlink/model/link.ts';
import { IFA_F, scopes } from '../../src/rtnetlink/wire/address.ts';
import { commands } from '../../src/rtnetlink/wire/commands.ts';
import { flagsOf, masksOf } from '../../src/rtnetlink/wire/flags.ts';

/** A request through its bytes, in either byte order. */
function throughBytes<M extends RawMessage<never, never>>(
  { header, request }: RawOperation,
  { header: values = {}, attributes = {} }: { header?: object | undefined; attributes?: object | undefined },
  littleEndian: boolean,
): M {
  const to = new WriteBuffer(64, littleEndian);
  writeHeader(header, to, to.reserve(header.size), values as Record<string, number>);
  request.write(to, attributes, {});
  const read = {
    header: readHeader(header, to, 0),
    attributes: request.read(to, header.size, to.at - header.size, {}),
  };
  return read as unknown as M;
}

const bit = fc.boolean();
const inet = fc.ipV4();
const inet6 = fc.ipV6().map(canonicalAddress);
const label = fc.stringMatching(/^[a-z0-9.-]{1,15}$/);
const some = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });

const spec4 = fc.record({
  index: fc.integer({ min: 1, max: 0x7fff_ffff }),
  address: inet,
  prefixLength: some(fc.integer({ min: 0, max: 32 })),
  peer: some(inet),
  scope: some(
    fc.oneof(fc.constantFrom(...(Object.keys(scopes) as (keyof typeof scopes)[])), fc.constant('#42' as const)),
  ),
  broadcast: some(inet),
  label: some(label),
  flags: some(fc.record({ NOPREFIXROUTE: bit, MCAUTOJOIN: bit })),
});
const spec6 = fc.record({
  index: fc.integer({ min: 1, max: 0x7fff_ffff }),
  address: inet6,
  prefixLength: some(fc.integer({ min: 0, max: 128 })),
  peer: some(inet6),
  flags: some(fc.record({ NODAD: bit, HOMEADDRESS: bit, NOPREFIXROUTE: bit })),
  deprecated: some(bit),
});

describe.each([true, false])('with the low byte first: %s', (littleEndian) => {
  test('an address that is added is read as it was meant', () => {
    fc.assert(
      fc.property(fc.oneof(spec4, spec6), (spec: AddressSpec) => {
        const { index, address, peer, scope, broadcast, label, flags = {} } = spec;
        const inet = familyOf(address) === 'inet';
        const given = inet ? (scope ?? (address.startsWith('127.') ? 'host' : 'global')) : 'global';
        expect(decodeAddress(throughBytes(commands.newAddress, encodeAddress(spec), littleEndian))).toEqual({
          index,
          address,
          prefixLength: spec.prefixLength ?? (inet ? 32 : 128),
          ...(peer !== undefined && peer !== address && { peer }),
          scope: given,
          flags: Object.fromEntries(Object.entries(flags).filter(([, set]) => set)),
          ...(broadcast !== undefined && { broadcast }),
          ...(label !== undefined && { label }),
          ...(spec.deprecated && { preferredLifetime: 0 }),
        });
      }),
    );
  });

  test('a link that is added is read as it was meant', () => {
    const specs = fc.record({
      name: fc.stringMatching(/^[a-z0-9-]{1,15}$/),
      kind: fc.constantFrom('dummy', 'ifb'),
      mtu: fc.integer({ min: 0, max: 0x7fff_ffff }),
      address: some(fc.constantFrom('02:00:5e:10:00:01', 'fe:ff:ff:ff:ff:ff')),
      flags: some(fc.record({ UP: bit, NOARP: bit, MULTICAST: bit })),
    });
    fc.assert(
      fc.property(specs, (spec: LinkSpec) => {
        const { flags = {}, address, ...others } = spec;
        expect(decodeLink(throughBytes(commands.newLink, encodeLink(spec), littleEndian))).toEqual({
          ...others,
          index: 0,
          operstate: 'UNKNOWN',
          flags: Object.fromEntries(Object.entries(flags).filter(([, set]) => set)),
          ...(address !== undefined && { address }),
        });
      }),
    );
  });
});

test('any mask is its flags, those without a name included', () => {
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), (mask) => {
      const flags = flagsOf(IFA_F, mask);
      expect(masksOf(IFA_F, flags)).toEqual({ set: mask, named: mask });
    }),
  );
  expect(flagsOf(IFA_F, 0x8000_1001)).toEqual({ SECONDARY: true, '#4096': true, '#2147483648': true });
});

test.each<[unknown, string]>([
  [{ index: 1, address: '10.0.0.300' }, 'address.address must be an IPv4 or IPv6 address without a zone'],
  [{ index: 0, address: '10.0.0.1' }, 'address.index must be an integer from 1 to 2147483647'],
  [{ index: 1, address: '10.0.0.1', prefixLength: 33 }, 'address.prefixLength must be an integer from 0 to 32'],
  [{ index: 1, address: '::1', prefixLength: 129 }, 'address.prefixLength must be an integer from 0 to 128'],
  [{ index: 1, address: '::1', peer: '10.0.0.1' }, 'address.peer must be of the same family as the address'],
  [{ index: 1, address: '::1', scope: 'global' }, 'address.scope is for IPv4'],
  [{ index: 1, address: '::1', label: 'v0' }, 'address.label is for IPv4'],
  [{ index: 1, address: '10.0.0.1', deprecated: true }, 'address.deprecated is for IPv6'],
  [{ index: 1, address: '::1', deprecated: 1 }, 'address.deprecated must be true or false'],
  [{ index: 1, address: '10.0.0.1', scope: 'wide' }, 'address.scope must be one of global, site, link, host, nowhere'],
  [{ index: 1, address: '10.0.0.1', scope: '#256' }, 'address.scope must be one of global'],
  [{ index: 1, address: '10.0.0.1', broadcast: '::1' }, 'address.broadcast must be an IPv4 address'],
  [{ index: 1, address: '10.0.0.1', label: 'sixteen-bytes-xx' }, 'address.label must be a name of 1 to 15'],
  [{ index: 1, address: '10.0.0.1', flags: { PERMANENT: true } }, 'address.flags.PERMANENT is unknown'],
  [{ index: 1, address: '10.0.0.1', flags: { NODAD: 1 } }, 'address.flags.NODAD must be true or false'],
  [{ index: 1, address: '10.0.0.1', labels: 'x' }, 'address.labels is unknown (did you mean label?)'],
  [undefined, 'address must be an object'],
])('an address cannot be %j', (spec, message) => {
  expect(() => encodeAddress(spec as AddressSpec)).toThrow(message);
});

test('a key has nothing but what a listed address has', () => {
  expect(() => encodeAddressKey({ index: 1, address: '10.0.0.1', deprecated: true } as never)).toThrow(
    'address.deprecated is unknown',
  );
});

test.each<[unknown, string]>([
  [{ name: 'a/b', kind: 'dummy' }, 'link.name must be a name of 1 to 15'],
  [{ name: 'a:b', kind: 'dummy' }, 'link.name must be neither'],
  [{ name: '..', kind: 'dummy' }, 'link.name must be neither'],
  [{ name: 'sixteen-bytes-xx', kind: 'dummy' }, 'link.name must be a name of 1 to 15'],
  [{ name: 'v0' }, 'link.kind must be a name'],
  [{ name: 'v0', kind: 'dummy', mtu: -1 }, 'link.mtu must be an integer from 0'],
  [{ name: 'v0', kind: 'dummy', flags: { LOOPBACK: true } }, 'link.flags.LOOPBACK is unknown'],
  [{ name: 'v0', type: 'dummy', kind: 'dummy' }, 'link.type is unknown'],
])('a link cannot be %j', (spec, message) => {
  expect(() => encodeLink(spec as LinkSpec)).toThrow(message);
});

test.each(['02:00:5g', '0200', ''])('a link-layer address cannot be %j', (address) => {
  expect(() => throughBytes(commands.newLink, encodeLink({ name: 'v0', kind: 'dummy', address }), true)).toThrow(
    'address must be bytes in hexadecimal with colons',
  );
});
