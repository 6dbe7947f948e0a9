import { describe, expect } from 'vitest';
import type { AddressSpec, Rtnetlink } from '../../src/rtnetlink/index.ts';
import { type Bed, rtnetlinkCase } from './bed.ts';

/** A dummy that is down, as a Service proxy has its addresses on. */
async function dummy(rtnetlink: Rtnetlink): Promise<number> {
  await rtnetlink.addLink({ name: 'v0', kind: 'dummy' });
  const { index = 0 } = (await rtnetlink.link('v0')) ?? {};
  return index;
}

/** What was thrown, less what is long. */
async function refusals(calls: readonly Promise<unknown>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((each) => (each.status === 'rejected' ? [each.reason.code, each.reason.reason] : 'carried out'));
}

export function addressContract(bed: Bed): void {
  describe('addresses', () => {
    rtnetlinkCase(bed, 'addresses with their defaults', async (rtnetlink) => {
      const index = await dummy(rtnetlink);
      await rtnetlink.addAddress({ index, address: '10.96.0.10' });
      await rtnetlink.addAddress({ index, address: '2001:db8:96::10', flags: { NODAD: true } });
      expect(await rtnetlink.addresses({ index })).toEqual([
        { index, address: '10.96.0.10', prefixLength: 32, scope: 'global', flags: { PERMANENT: true }, label: 'v0' },
        {
          index,
          address: '2001:db8:96::10',
          prefixLength: 128,
          scope: 'global',
          flags: { NODAD: true, PERMANENT: true },
        },
      ]);
      expect((await rtnetlink.addresses({ index, family: 'inet' })).map(({ address }) => address)).toEqual([
        '10.96.0.10',
      ]);
      expect((await rtnetlink.addresses({ index, family: 'inet6' })).map(({ address }) => address)).toEqual([
        '2001:db8:96::10',
      ]);
    });

    rtnetlinkCase(bed, 'addresses with everything set', async (rtnetlink) => {
      const index = await dummy(rtnetlink);
      const wanted: AddressSpec[] = [
        {
          index,
          address: '192.0.2.130',
          prefixLength: 25,
          scope: 'link',
          broadcast: '192.0.2.255',
          label: 'v0:web',
          flags: { NOPREFIXROUTE: true },
        },
        { index, address: '198.51.100.1', peer: '198.51.100.2', scope: 'host' },
        { index, address: '203.0.113.1', scope: '#42' },
        { index, address: '127.0.0.9' },
        { index, address: '2001:db8::7', prefixLength: 64, flags: { NODAD: true, NOPREFIXROUTE: true } },
        { index, address: '2001:db8::8', peer: '2001:db8::9', flags: { NODAD: true } },
      ];
      await Promise.all(wanted.map((address) => rtnetlink.addAddress(address)));
      const permanent = { PERMANENT: true };
      expect(await rtnetlink.addresses({ index })).toEqual([
        // Of IPv4 the narrower scopes come first.
        {
          index,
          address: '198.51.100.1',
          prefixLength: 32,
          peer: '198.51.100.2',
          scope: 'host',
          flags: permanent,
          label: 'v0',
        },
        { index, address: '127.0.0.9', prefixLength: 32, scope: 'host', flags: permanent, label: 'v0' },
        {
          index,
          address: '192.0.2.130',
          prefixLength: 25,
          scope: 'link',
          flags: { NOPREFIXROUTE: true, ...permanent },
          broadcast: '192.0.2.255',
          label: 'v0:web',
        },
        { index, address: '203.0.113.1', prefixLength: 32, scope: '#42', flags: permanent, label: 'v0' },
        // Of IPv6 the newest comes first.
        {
          index,
          address: '2001:db8::8',
          prefixLength: 128,
          peer: '2001:db8::9',
          scope: 'global',
          flags: { NODAD: true, ...permanent },
        },
        {
          index,
          address: '2001:db8::7',
          prefixLength: 64,
          scope: 'global',
          flags: { NODAD: true, NOPREFIXROUTE: true, ...permanent },
        },
      ]);
    });

    rtnetlinkCase(bed, 'the scope of an IPv6 address follows from it', async (rtnetlink) => {
      const index = await dummy(rtnetlink);
      for (const address of ['fe80::1', 'fec0::1', 'fd00::1', '2001:db8::1'])
        await rtnetlink.addAddress({ index, address, flags: { NODAD: true } });
      expect((await rtnetlink.addresses({ index })).map(({ address, scope }) => [address, scope])).toEqual([
        ['2001:db8::1', 'global'],
        ['fd00::1', 'global'],
        ['fec0::1', 'site'],
        ['fe80::1', 'link'],
      ]);
    });

    rtnetlinkCase(bed, 'secondary addresses go with their primary one', async (rtnetlink) => {
      const index = await dummy(rtnetlink);
      const of = async () =>
        (await rtnetlink.addresses({ index })).map(({ address, flags }) => [address, flags.SECONDARY ?? false]);
      for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3'])
        await rtnetlink.addAddress({ index, address, prefixLength: 24 });
      await rtnetlink.addAddress({ index, address: '10.0.1.1', prefixLength: 24 });
      expect(await of()).toEqual([
        ['10.0.0.1', false],
        ['10.0.1.1', false],
        ['10.0.0.2', true],
        ['10.0.0.3', true],
      ]);
      await rtnetlink.removeAddress({ index, address: '10.0.0.2', prefixLength: 24 });
      await rtnetlink.removeAddress({ index, address: '10.0.0.1', prefixLength: 24 });
      expect(await of()).toEqual([['10.0.1.1', false]]);
    });

    rtnetlinkCase(bed, 'one address for each service, removed in another order', async (rtnetlink) => {
      const index = await dummy(rtnetlink);
      const addresses = Array.from({ length: 20 }, (_, i) => `10.96.${i}.1`);
      const addresses6 = Array.from({ length: 20 }, (_, i) => `2001:db8::${i + 1}`);
      const both = [...addresses, ...addresses6];
      await Promise.all(both.map((address) => rtnetlink.addAddress({ index, address })));
      const of = async () => (await rtnetlink.addresses({ index })).map(({ address }) => address);
      expect(await of()).toEqual([...addresses, ...addresses6.toReversed()]);
      await Promise.all(both.slice(5, 25).map((address) => rtnetlink.removeAddress({ index, address })));
      expect(await of()).toEqual([...addresses.slice(0, 5), ...addresses6.slice(5).toReversed()]);
    });

    rtnetlinkCase(bed, 'addresses that cannot be added or removed', async (rtnetlink) => {
      const index = await dummy(rtnetlink);
      await rtnetlink.addAddress({ index, address: '10.96.0.1' });
      await rtnetlink.addAddress({ index, address: '10.97.0.1', prefixLength: 24 });
      await rtnetlink.addAddress({ index, address: '2001:db8::1', flags: { NODAD: true } });
      expect(
        await refusals([
          rtnetlink.addAddress({ index, address: '10.96.0.1' }),
          rtnetlink.addAddress({ index, address: '2001:db8::1' }),
          rtnetlink.addAddress({ index, address: '2001:db8::1', prefixLength: 64 }),
          rtnetlink.addAddress({ index, address: '10.96.0.1', prefixLength: 24 }),
          rtnetlink.addAddress({ index, address: '10.97.0.2', prefixLength: 24, scope: 'link' }),
          rtnetlink.addAddress({ index: 2_000_000_000, address: '10.96.0.1' }),
          rtnetlink.addAddress({ index: 2_000_000_000, address: '2001:db8::1' }),
          rtnetlink.addAddress({ index, address: '::' }),
          rtnetlink.addAddress({ index, address: '::1' }),
          rtnetlink.addAddress({ index, address: 'ff02::1' }),
        ]),
      ).toEqual([
        ['EEXIST', 'address-exists'],
        ['EEXIST', 'address-exists'],
        ['EEXIST', 'address-exists'],
        'carried out',
        ['EINVAL', 'invalid'],
        ['ENODEV', 'no-such-link'],
        ['ENODEV', 'no-such-link'],
        ['EADDRNOTAVAIL', 'invalid'],
        ['EADDRNOTAVAIL', 'invalid'],
        ['EADDRNOTAVAIL', 'invalid'],
      ]);
      expect(
        await refusals([
          rtnetlink.removeAddress({ index, address: '10.96.0.2' }),
          rtnetlink.removeAddress({ index, address: '10.97.0.1' }),
          rtnetlink.removeAddress({ index, address: '2001:db8::2' }),
          rtnetlink.removeAddress({ index, address: '2001:db8::1', prefixLength: 64 }),
          rtnetlink.removeAddress({ index: 2_000_000_000, address: '10.96.0.1' }),
          rtnetlink.removeAddress({ index: 2_000_000_000, address: '2001:db8::1' }),
          rtnetlink.removeAddress({ index, address: '10.96.0.1' }),
        ]),
      ).toEqual([
        ['EADDRNOTAVAIL', 'no-such-address'],
        ['EADDRNOTAVAIL', 'no-such-address'],
        ['EADDRNOTAVAIL', 'no-such-address'],
        ['EADDRNOTAVAIL', 'no-such-address'],
        ['ENODEV', 'no-such-link'],
        ['ENODEV', 'no-such-link'],
        'carried out',
      ]);
    });
  });
}
