import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError, type ServiceKey } from '../../src/ipvs/index.ts';
import { compareDestinations, compareServices, formatRules } from '../../src/rules/index.ts';
import { expectedDestination, expectedService } from '../support/ipvs/arbitrary.ts';
import { arbitraryTable } from '../support/ipvs/table.ts';

const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('1.0.0.0', '255.255.255.255', '::', '100::', 'ff::1'));
const port = fc.oneof(fc.nat(65535), fc.constantFrom(80, 81));
const destination = fc.record({ address, port });
const service: fc.Arbitrary<ServiceKey> = fc.oneof(
  fc.record({
    protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const, '#50' as const),
    address,
    port,
  }),
  fc.record({
    fwmark: fc.oneof(fc.integer({ min: 1, max: 0xffffffff }), fc.constantFrom(1, 0x7fffffff, 0x80000000)),
    family: fc.constantFrom('inet' as const, 'inet6' as const),
  }),
);

function isTotalOrder<T>(entry: fc.Arbitrary<T>, compare: (a: T, b: T) => number): void {
  fc.assert(
    fc.property(entry, entry, entry, (a, b, c) => {
      expect(compare(a, a)).toBe(0);
      expect(Math.sign(compare(b, a))).toBe(0 - Math.sign(compare(a, b)));
      if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
    }),
    { numRuns: 2000 },
  );
}

describe('the order', () => {
  test('of services is total', () => isTotalOrder(service, compareServices));
  test('of destinations is total', () => isTotalOrder(destination, compareDestinations));

  test('of services is by mark, family, protocol, address and port', () => {
    const tcp = { protocol: 'tcp', address: '10.0.0.1', port: 443 } as const;
    const services: ServiceKey[] = [
      { ...tcp, port: 80 },
      tcp,
      { ...tcp, address: '10.0.0.2', port: 1 },
      { ...tcp, address: '200.0.0.1', port: 1 },
      { ...tcp, protocol: 'udp', address: '1.0.0.1' },
      { ...tcp, protocol: '#50', address: '1.0.0.1' },
      { ...tcp, protocol: 'sctp', address: '1.0.0.1' },
      { ...tcp, address: '1::' },
      { ...tcp, address: '2001:db8::2' },
      { ...tcp, address: '2001:db8::1:0' },
      { ...tcp, protocol: 'udp', address: '::1' },
      { fwmark: 1 },
      { fwmark: 1, family: 'inet6' },
      { fwmark: 0x7fffffff },
      { fwmark: 0xffffffff },
    ];
    expect([...services].reverse().sort(compareServices)).toEqual(services);
  });

  test('of destinations is by address, IPv4 among the first bytes of IPv6, and port', () => {
    const destinations = [
      ['1.0.0.1', 2],
      ['32.1.13.184', 80],
      ['2001:db8::', 80],
      ['2001:db8::1', 1],
      ['2001:db8::1', 2],
      ['192.0.2.1', 80],
    ].map(([address, port]) => ({ address: String(address), port: Number(port) }));
    expect([...destinations].reverse().sort(compareDestinations)).toEqual(destinations);
  });

  test('is the same however an address is written', () => {
    expect(compareDestinations({ address: '2001:DB8:0::1', port: 1 }, { address: '2001:db8::1', port: 1 })).toBe(0);
  });

  test('is of addresses alone', () => {
    expect(() => compareDestinations({ address: 'web', port: 1 }, { address: '10.0.0.1', port: 1 })).toThrow(
      InputError,
    );
  });

  test('is that of the rules, however the table was listed', () => {
    fc.assert(
      fc.property(
        arbitraryTable('6.12', 8).chain((table) =>
          fc.tuple(fc.constant(table), fc.shuffledSubarray(table, { minLength: table.length }), fc.boolean()),
        ),
        ([table, shuffled, reverse]) => {
          const rules = (entries: typeof table) =>
            formatRules(
              entries.map(([service, destinations]) => {
                const all = destinations.map(expectedDestination);
                return { service: expectedService(service), destinations: reverse ? all.reverse() : all };
              }),
            );
          const lines = rules(table);
          expect(rules(shuffled)).toBe(lines);
          expect(lines.split('\n')).toHaveLength(1 + table.flatMap(([, destinations]) => [1, ...destinations]).length);
        },
      ),
    );
  });
});
