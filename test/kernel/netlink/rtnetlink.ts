import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { type AddressSpec, Rtnetlink } from '../../../src/rtnetlink/index.ts';
import { enterFreshNamespace } from '../../support/linux/namespace.ts';

/** A link as `ip -j -d link` prints it, as far as it is compared. */
interface IpLink {
  readonly ifindex: number;
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly operstate: string;
  readonly address?: string;
  readonly linkinfo?: { readonly info_kind?: string };
}

/** A link as `ip -j address` prints it. */
interface IpAddresses {
  readonly ifindex: number;
  readonly addr_info: readonly {
    readonly family: string;
    readonly local: string;
    readonly prefixlen: number;
    readonly address?: string;
    readonly broadcast?: string;
    readonly scope: string;
    readonly label?: string;
    readonly noprefixroute?: boolean;
    readonly nodad?: boolean;
    readonly secondary?: boolean;
    readonly deprecated?: boolean;
    readonly valid_life_time: number;
    readonly preferred_life_time: number;
  }[];
}

const FOREVER = 0xffff_ffff;

function ip<T>(...words: string[]): T {
  return JSON.parse(execFileSync('ip', ['-j', '-d', ...words], { encoding: 'utf8', maxBuffer: 1 << 26 }));
}

/** Links and addresses as `ip` of iproute2 has them. */
export function rtnetlinkTests(): void {
  describe('rtnetlink', () => {
    test('links are what ip shows', async () => {
      enterFreshNamespace();
      await using rtnetlink = await Rtnetlink.open();
      await rtnetlink.addLink({ name: 'kube-ipvs0', kind: 'dummy', flags: { NOARP: true }, mtu: 1400 });
      await rtnetlink.addLink({ name: 'v1', kind: 'dummy', flags: { UP: true, NOARP: false } });
      const links = await rtnetlink.links();
      expect(links).toEqual(
        ip<IpLink[]>('link').map(({ ifindex, ifname, flags, mtu, operstate, address, linkinfo }) => ({
          index: ifindex,
          name: ifname,
          ...(linkinfo?.info_kind !== undefined && { kind: linkinfo.info_kind }),
          // What runs is not said to, only what is up and does not run.
          flags: Object.fromEntries(
            [...flags, ...(flags.includes('UP') ? ['RUNNING'] : [])].map((flag) => [flag, true]),
          ),
          mtu,
          operstate,
          ...(address !== undefined && { address }),
        })),
      );
      for (const link of links) expect(await rtnetlink.link(link.name)).toEqual(link);
    });

    test('ip shows the addresses that were added, and removes what it adds', async () => {
      enterFreshNamespace();
      await using rtnetlink = await Rtnetlink.open();
      await rtnetlink.addLink({ name: 'v0', kind: 'dummy' });
      const { index = 0 } = (await rtnetlink.link('v0')) ?? {};
      const wanted: AddressSpec[] = [
        { index, address: '10.96.0.1' },
        { index, address: '10.0.0.1', prefixLength: 24, broadcast: '10.0.0.255', label: 'v0:x' },
        { index, address: '10.0.0.2', prefixLength: 24, flags: { NOPREFIXROUTE: true } },
        { index, address: '198.51.100.1', peer: '198.51.100.2', scope: 'link' },
        { index, address: '2001:db8::1', prefixLength: 64, flags: { NODAD: true } },
        { index, address: '2001:db8::2', peer: '2001:db8::3', flags: { NODAD: true } },
        { index, address: '2001:db8::4', flags: { NODAD: true }, deprecated: true },
      ];
      await Promise.all(wanted.map((address) => rtnetlink.addAddress(address)));
      execFileSync('ip', ['address', 'add', '10.9.0.1/16', 'dev', 'v0', 'valid_lft', '300', 'preferred_lft', '100']);
      expect(await shown(rtnetlink)).toEqual(printed());

      execFileSync('ip', ['address', 'del', '10.96.0.1/32', 'dev', 'v0']);
      await rtnetlink.removeAddress({ index, address: '10.9.0.1', prefixLength: 16 });
      expect(await shown(rtnetlink)).toEqual(printed());
    });

    test('an address that is deprecated is no source where the way out has none', async () => {
      enterFreshNamespace();
      await using rtnetlink = await Rtnetlink.open();
      await rtnetlink.addLink({ name: 'way', kind: 'dummy', flags: { UP: true } });
      await rtnetlink.addLink({ name: 'vips', kind: 'dummy' }); // down, as that of a Service proxy
      const { index = 0 } = (await rtnetlink.link('vips')) ?? {};
      const vip = { index, address: 'fd00:10:96::24', flags: { NODAD: true } };
      execFileSync('ip', ['-6', 'route', 'add', 'fd00:10:244::2', 'dev', 'way']);
      const source = () => ip<{ prefsrc: string }[]>('-6', 'route', 'get', 'fd00:10:244::2')[0]?.prefsrc;
      await rtnetlink.addAddress(vip);
      expect(source()).toBe(vip.address);
      await rtnetlink.removeAddress({ index, address: vip.address });
      await rtnetlink.addAddress({ ...vip, deprecated: true });
      expect(source()).toBe('2001:db8::1');
    });

    test('1,000 addresses of both families are what ip shows, whoever added them', async () => {
      enterFreshNamespace();
      await using rtnetlink = await Rtnetlink.open();
      await rtnetlink.addLink({ name: 'v0', kind: 'dummy' });
      const { index = 0 } = (await rtnetlink.link('v0')) ?? {};
      const ours = Array.from({ length: 250 }, (_, i) => [`10.96.${i}.1`, `2001:db8::${(i + 1).toString(16)}`]).flat();
      await Promise.all(
        ours.map((address) =>
          rtnetlink.addAddress({ index, address, ...(address.includes(':') && { flags: { NODAD: true } }) }),
        ),
      );
      const theirs = Array.from({ length: 250 }, (_, i) => [
        `address add 10.97.${i}.1/32 dev v0`,
        `address add 2001:db8:1::${(i + 1).toString(16)}/128 dev v0 nodad`,
      ]).flat();
      execFileSync('ip', ['-batch', '-'], { input: theirs.join('\n') });
      const both = await shown(rtnetlink);
      expect(both.length).toBeGreaterThan(1000);
      expect(both).toEqual(printed());
      await rtnetlink.removeLink('v0');
      expect(await rtnetlink.addresses({ index })).toEqual([]);
      expect(await shown(rtnetlink)).toEqual(printed());
    });
  });
}

/** What `ip` tells of an address, in our listing; lifetimes are told rounded, and run on. */
async function shown(rtnetlink: Rtnetlink) {
  const addresses = await rtnetlink.addresses();
  return addresses.map(({ flags, validLifetime, preferredLifetime, ...address }) => ({
    ...address,
    expires: [validLifetime !== undefined, preferredLifetime !== undefined],
    noprefixroute: flags.NOPREFIXROUTE ?? false,
    nodad: flags.NODAD ?? false,
    secondary: flags.SECONDARY ?? false,
    deprecated: flags.DEPRECATED ?? false,
  }));
}

/** The same from `ip`, IPv4 before IPv6. */
function printed() {
  const links = ip<IpAddresses[]>('address');
  return ['inet', 'inet6'].flatMap((family) =>
    links.flatMap(({ ifindex: index, addr_info }) =>
      addr_info
        .filter((each) => each.family === family)
        .map((each) => ({
          index,
          address: each.local,
          prefixLength: each.prefixlen,
          ...(each.address !== undefined && { peer: each.address }),
          scope: each.scope,
          ...(each.broadcast !== undefined && { broadcast: each.broadcast }),
          ...(each.label !== undefined && { label: each.label }),
          expires: [each.valid_life_time !== FOREVER, each.preferred_life_time !== FOREVER],
          noprefixroute: each.noprefixroute ?? false,
          nodad: each.nodad ?? false,
          secondary: each.secondary ?? false,
          deprecated: each.deprecated ?? false,
        })),
    ),
  );
}
