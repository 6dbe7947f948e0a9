import { SocketAddress } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalAddress, familyOf } from '../../src/linux/address.ts';
import { inet4, inet6 } from '../../src/netlink/codec/address.ts';
import { WriteBuffer } from '../../src/netlink/index.ts';

function roundTrip(codec: typeof inet4, address: string): string {
  const out = new WriteBuffer();
  codec.write(out, address, {});
  return codec.read(out, 0, out.at, {});
}

describe('addresses', () => {
  test('IPv4 comes back as it was', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(roundTrip(inet4, address)).toBe(address);
      }),
    );
  });

  test('IPv6 comes back as the system writes it', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const ours = roundTrip(inet6, address);
        expect(canonicalAddress(address)).toBe(ours);
        // libuv's inet_ntop is the witness; it shows fewer addresses with an IPv4 tail than glibc and ipvsadm do.
        const theirs = new SocketAddress({ address, family: 'ipv6' }).address;
        expect(roundTrip(inet6, theirs)).toBe(ours);
        if (!ours.includes('.')) expect(ours).toBe(theirs);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::192.0.2.1', '::192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['2001:db8::', '2001:db8::'],
    ['ff02::1:ff00:0', 'ff02::1:ff00:0'],
  ])('%s is %s, as inet_ntop(3) of glibc has it', (text, canonical) => {
    expect(roundTrip(inet6, text)).toBe(canonical);
  });

  test.each(['', 'localhost', '192.0.2', '192.0.2.256', '192.0.2.1/24', '2001:db8::1%eth0', '[::1]', ' ::1', 7, null])(
    '%j is no address',
    (text) => expect(familyOf(text)).toBeUndefined(),
  );
});
