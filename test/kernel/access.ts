import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { web } from '../contract/expected.ts';
import { withoutNetAdmin } from '../support/linux/capabilities.ts';
import { openDescriptors } from '../support/linux/descriptors.ts';
import { enterBareNamespace, enterFreshNamespace } from '../support/linux/namespace.ts';
import { realKernel } from './bed.ts';

const MODPROBE = '/proc/sys/kernel/modprobe';

/** What it takes to reach IPVS at all. These come first: one of them needs a kernel that has not loaded it yet. */
export function accessTests(): void {
  // Not on the machine's own kernel, whose modules are not ours to unload.
  if (realKernel.kernel === '5.10') aliasTests();
  else if (process.env['IPVS_BED'] !== 'host') moduleTests();

  describe('a process without CAP_NET_ADMIN', () => {
    test('is refused everything but opening', async () => {
      enterFreshNamespace();
      await withoutNetAdmin(async () => {
        const ipvs = await Ipvs.open();
        await expect(ipvs.services()).rejects.toMatchObject({
          name: 'IpvsError',
          reason: 'not-permitted',
          code: 'EPERM',
          message: 'Cannot list the services: it takes CAP_NET_ADMIN in the initial user namespace (EPERM)',
        });
        await expect(ipvs.addService(web)).rejects.toMatchObject({ reason: 'not-permitted' });
        await ipvs.close();
      });
    });
  });

  describe('network namespaces', () => {
    test('are entered by name and by path, and the thread comes back', async () => {
      enterFreshNamespace();
      const home = readlinkSync('/proc/thread-self/ns/net');
      execFileSync('ip', ['netns', 'add', 'blue']);
      const blue = await Ipvs.open({ netns: 'blue' });
      const same = await Ipvs.open({ netns: '/run/netns/blue' });
      const here = await Ipvs.open();
      await blue.addService(web);
      expect(readlinkSync('/proc/thread-self/ns/net')).toBe(home);
      expect(await same.services()).toHaveLength(1);
      expect(await here.services()).toEqual([]);
      await Promise.all([blue.close(), same.close(), here.close()]);
      execFileSync('ip', ['netns', 'delete', 'blue']);
    });

    test('that are none are a typed error, and nothing is left open', async () => {
      const before = openDescriptors();
      await expect(Ipvs.open({ netns: 'nonesuch' })).rejects.toMatchObject({
        code: 'ERR_NETLINK_NETNS',
        message: 'Cannot open network namespace /run/netns/nonesuch',
      });
      await expect(Ipvs.open({ netns: '/etc/hostname' })).rejects.toMatchObject({
        code: 'ERR_NETLINK_NETNS',
        message: 'Cannot enter network namespace /etc/hostname (EINVAL)',
      });
      expect(openDescriptors()).toEqual(before);
    });

    test('in which lo was never up refuse IPv4 destinations, and the error says so', async () => {
      enterBareNamespace();
      const ipvs = await Ipvs.open();
      await ipvs.addService(web);
      await expect(ipvs.addDestination(web, { address: '192.0.2.20', port: 80 })).rejects.toThrow(
        'the loopback interface of this network namespace was never up',
      );
      await ipvs.close();
    });
  });
}

function aliasTests(): void {
  describe('a kernel that does not know which module has IPVS', () => {
    test('has none until somebody loads it', async () => {
      await expect(Ipvs.open()).rejects.toMatchObject({ code: 'ERR_NETLINK_NO_FAMILY' });
      execFileSync('modprobe', ['ip_vs']);
      const ipvs = await Ipvs.open();
      expect((await ipvs.info()).version).toBe('1.2.1');
      await ipvs.close();
    });
  });
}

function moduleTests(): void {
  describe('a kernel that cannot load IPVS', () => {
    test('is a typed error, and nothing is left open', async () => {
      const modprobe = readFileSync(MODPROBE, 'utf8');
      const before = openDescriptors();
      writeFileSync(MODPROBE, '/bin/false');
      try {
        await expect(Ipvs.open()).rejects.toMatchObject({
          name: 'TransportError',
          code: 'ERR_NETLINK_NO_FAMILY',
          message: 'This kernel has no generic netlink family IPVS and could not load a module for it',
        });
      } finally {
        writeFileSync(MODPROBE, modprobe);
      }
      expect(openDescriptors()).toEqual(before);
    });

    test('has it as soon as its module can be loaded', async () => {
      const ipvs = await Ipvs.open();
      expect((await ipvs.info()).version).toBe('1.2.1');
      await ipvs.close();
    });

    test('and one that loads it anew, under another number, is found again', async () => {
      enterBareNamespace();
      const ipvs = await Ipvs.open();
      const services = Array.from({ length: 3 }, (_, i) => ({ ...web, port: 80 + i }));
      unloadIpvs();
      await Promise.all(services.map((service) => ipvs.addService(service)));
      expect(await ipvs.services()).toHaveLength(3);
      await ipvs.close();
    });
  });
}

/** Unloads IPVS with all its modules, as soon as the namespaces of earlier cases are gone. */
function unloadIpvs(): void {
  const modules = () => readdirSync('/sys/module').filter((name) => name.startsWith('ip_vs'));
  for (let attempt = 0; attempt < 100 && modules().length > 0; attempt++) {
    // The schedulers first: they hold ip_vs itself.
    for (const name of modules().sort().reverse()) {
      try {
        execFileSync('rmmod', [name], { stdio: 'ignore' });
      } catch {
        // Still in use; the next attempt may find it free.
      }
    }
  }
  expect(modules()).toEqual([]);
}
