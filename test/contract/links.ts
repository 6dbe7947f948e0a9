import { describe, expect } from 'vitest';
import { type Bed, rtnetlinkCase } from './bed.ts';

export function linkContract(bed: Bed): void {
  describe('links', () => {
    rtnetlinkCase(bed, 'the links of a namespace', async (rtnetlink) => {
      const links = await rtnetlink.links();
      expect(links.map(({ name }) => name)).toEqual(expect.arrayContaining(['lo', 'd0', 'd1']));
      expect(links.map(({ index }) => index)).toEqual(links.map(({ index }) => index).toSorted((a, b) => a - b));
      const lo = links.find(({ name }) => name === 'lo');
      expect(lo).toEqual({
        index: 1,
        name: 'lo',
        flags: { UP: true, LOOPBACK: true, RUNNING: true, LOWER_UP: true },
        mtu: 65536,
        operstate: 'UNKNOWN',
        address: '00:00:00:00:00:00',
      });
      expect(await rtnetlink.link('lo')).toEqual(lo);
    });

    rtnetlinkCase(bed, 'a dummy has no ARP and is down', async (rtnetlink) => {
      await rtnetlink.addLink({ name: 'kube-ipvs0', kind: 'dummy', flags: { NOARP: true } });
      const link = await rtnetlink.link('kube-ipvs0');
      expect(link).toEqual({
        index: expect.any(Number),
        name: 'kube-ipvs0',
        kind: 'dummy',
        flags: { BROADCAST: true, NOARP: true },
        mtu: 1500,
        operstate: 'DOWN',
        address: expect.stringMatching(/^([\da-f]{2}:){5}[\da-f]{2}$/),
      });
      expect(await rtnetlink.links()).toContainEqual(link);
    });

    rtnetlinkCase(bed, 'a dummy with everything set', async (rtnetlink) => {
      await rtnetlink.addLink({
        name: 'fifteen-bytes-x',
        kind: 'dummy',
        flags: { UP: true, NOARP: false, MULTICAST: true },
        mtu: 9000,
        address: '02:00:5e:10:00:01',
      });
      expect(await rtnetlink.link('fifteen-bytes-x')).toEqual({
        index: expect.any(Number),
        name: 'fifteen-bytes-x',
        kind: 'dummy',
        flags: { UP: true, BROADCAST: true, RUNNING: true, MULTICAST: true, LOWER_UP: true },
        mtu: 9000,
        operstate: 'UNKNOWN',
        address: '02:00:5e:10:00:01',
      });
    });

    rtnetlinkCase(bed, 'a link that was removed is gone with its addresses', async (rtnetlink) => {
      await rtnetlink.addLink({ name: 'v0', kind: 'dummy' });
      const { index = 0 } = (await rtnetlink.link('v0')) ?? {};
      await rtnetlink.addAddress({ index, address: '10.96.0.1' });
      await rtnetlink.removeLink('v0');
      expect(await rtnetlink.link('v0')).toBeUndefined();
      expect(await rtnetlink.addresses({ index })).toEqual([]);
    });

    rtnetlinkCase(bed, 'links that cannot be added or removed', async (rtnetlink) => {
      await rtnetlink.addLink({ name: 'v0', kind: 'dummy' });
      await expect(rtnetlink.addLink({ name: 'v0', kind: 'dummy' })).rejects.toMatchObject({
        code: 'EEXIST',
        reason: 'link-exists',
        message: 'Cannot add dummy link v0: there is a link of this name already (EEXIST)',
      });
      await expect(rtnetlink.addLink({ name: 'v1', kind: 'no-such-kind' })).rejects.toMatchObject({
        code: 'EOPNOTSUPP',
        reason: 'not-supported',
        detail: 'Unknown device type',
      });
      await expect(
        rtnetlink.addLink({ name: 'v1', kind: 'dummy', address: '01:00:5e:00:00:01' }),
      ).rejects.toMatchObject({ code: 'EADDRNOTAVAIL', reason: 'invalid' });
      await expect(rtnetlink.addLink({ name: 'v1', kind: 'dummy', address: '02:00' })).rejects.toMatchObject({
        code: 'EINVAL',
        reason: 'invalid',
      });
      await expect(rtnetlink.removeLink('v1')).rejects.toMatchObject({
        code: 'ENODEV',
        reason: 'no-such-link',
        message: 'Cannot remove link v1: no such link (ENODEV)',
      });
      await expect(rtnetlink.removeLink('lo')).rejects.toMatchObject({ code: 'EOPNOTSUPP', reason: 'not-supported' });
    });
  });
}
