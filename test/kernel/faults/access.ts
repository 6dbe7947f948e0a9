import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Ipvs } from '../../../src/ipvs/index.ts';
import { linuxKernel, readText } from '../../../src/netlink/index.ts';
import { watch } from '../../../src/reconcile/index.ts';
import { web } from '../../contract/expected.ts';
import { withoutNetAdmin } from '../../support/linux/capabilities.ts';
import { openDescriptors } from '../../support/linux/descriptors.ts';
import { unloadIpvs } from '../../support/linux/modules.ts';
import { enterBareNamespace, enterFreshNamespace } from '../../support/linux/namespace.ts';
import { realKernel } from '../bed.ts';

const MODPROBE = '/proc/sys/kernel/modprobe';

/** What it takes to reach IPVS at all. These come first: one of them needs a kernel that has not loaded it yet. */
export function accessTests(): void {
  // Not on the machine's own kernel, whose modules are not ours to unload.
  if (realKernel.kernel === '5.10') aliasTests();
  else if (process.env['IPVS_BED'] !== 'host') moduleTests();
  if (process.env['IPVS_BED'] !== 'host') sendBufferTests();

  describe('a process without CAP_NET_ADMIN', () => {
    test('can open a socket, and is refused everything else', async () => {
      enterFreshNamespace();
      await withoutNetAdmin(async () => {
        const ipvs = await Ipvs.open();
        await expect(ipvs.services()).rejects.toMatchObject({
          name: 'IpvsError',
          reason: 'not-permitted',
          code: 'EPERM',
          message: 'Cannot list the services: requires CAP_NET_ADMIN in the initial user namespace (EPERM)',
        });
        await expect(ipvs.addService(web)).rejects.toMatchObject({ reason: 'not-permitted' });
        await ipvs.close();
      });
    });

    test('that loses it while a socket is open is refused from then on, until it has it again', async () => {
      enterFreshNamespace();
      await using ipvs = await Ipvs.open();
      await ipvs.addService(web);
      await withoutNetAdmin(async () => {
        await expect(ipvs.removeService(web)).rejects.toMatchObject({ reason: 'not-permitted' });
        await expect(ipvs.services()).rejects.toMatchObject({ reason: 'not-permitted' });
      });
      expect(await ipvs.services()).toMatchObject([web]);
    });

    test('that gains it later is refused on the sockets that it opened before', async () => {
      enterFreshNamespace();
      const ipvs = await withoutNetAdmin(() => Ipvs.open());
      await expect(ipvs.addService(web)).rejects.toMatchObject({ reason: 'not-permitted' });
      await ipvs.close();
    });
  });

  describe('network namespaces', () => {
    test('are entered by name or path, and the thread returns to its own', async () => {
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

    test('that do not exist reject with a typed error and leak nothing', async () => {
      const before = openDescriptors();
      await expect(Ipvs.open({ netns: 'nonesuch' })).rejects.toMatchObject({
        code: 'ERR_NETLINK_NETNS',
        message: 'Cannot open network namespace /run/netns/nonesuch (ENOENT)',
      });
      await expect(Ipvs.open({ netns: '/etc/hostname' })).rejects.toMatchObject({
        code: 'ERR_NETLINK_NETNS',
        message: 'Cannot enter network namespace /etc/hostname (EINVAL)',
      });
      expect(openDescriptors()).toEqual(before);
    });

    test('that are deleted live on for those who have them open', async () => {
      enterFreshNamespace();
      execFileSync('ip', ['netns', 'add', 'deleted']);
      const before = openDescriptors();
      const ipvs = await Ipvs.open({ netns: 'deleted' });
      await ipvs.addService(web);
      execFileSync('ip', ['netns', 'delete', 'deleted']);
      await ipvs.addService({ ...web, port: 81 });
      expect(await ipvs.services()).toHaveLength(2);
      await ipvs.close();
      expect(openDescriptors()).toEqual(before);
      await expect(Ipvs.open({ netns: 'deleted' })).rejects.toMatchObject({ code: 'ERR_NETLINK_NETNS' });
    });

    test('whose lo was never up refuse IPv4 destinations, and the error says why', async () => {
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
    test('rejects with a typed error and leaks nothing', async () => {
      const modprobe = readFileSync(MODPROBE, 'utf8');
      const before = openDescriptors();
      writeFileSync(MODPROBE, '/bin/false');
      try {
        await expect(Ipvs.open()).rejects.toMatchObject({
          name: 'TransportError',
          code: 'ERR_NETLINK_NO_FAMILY',
          message:
            'This kernel has no IPVS and could not load its module: run `modprobe ip_vs` as root, on the host when this is a container',
        });
      } finally {
        writeFileSync(MODPROBE, modprobe);
      }
      expect(openDescriptors()).toEqual(before);
    });

    test('works as soon as the module can be loaded', async () => {
      const ipvs = await Ipvs.open();
      expect((await ipvs.info()).version).toBe('1.2.1');
      await ipvs.close();
    });

    test('is found again after its module was reloaded under another family id', async () => {
      enterBareNamespace();
      const ipvs = await Ipvs.open();
      const services = Array.from({ length: 3 }, (_, i) => ({ ...web, port: 80 + i }));
      await unloadIpvs();
      await Promise.all(services.map((service) => ipvs.addService(service)));
      expect(await ipvs.services()).toHaveLength(3);
      await ipvs.close();
    });

    test('is watched on after its module was unloaded, could not be loaded, and was loaded again', async () => {
      enterBareNamespace();
      await using ipvs = await Ipvs.open();
      await using other = await Ipvs.open();
      const events = watch(ipvs, { interval: 0.05 });
      const next = async () => (await events.next()).value;
      await ipvs.addService(web);
      expect(await next()).toMatchObject({ type: 'addService', service: web });
      await ipvs.flush();
      expect(await next()).toMatchObject({ type: 'removeService', service: web });
      const modprobe = readFileSync(MODPROBE, 'utf8');
      writeFileSync(MODPROBE, '/bin/false');
      try {
        await unloadIpvs();
        expect(await next()).toMatchObject({ type: 'interrupted', error: { name: expect.stringMatching(/Error$/) } });
      } finally {
        writeFileSync(MODPROBE, modprobe);
      }
      expect(await next()).toEqual({ type: 'resumed' });
      await other.addService({ ...web, port: 81 });
      expect(await next()).toMatchObject({ type: 'addService', service: { port: 81 } });
      await events.return();
    });
  });
}

/** The limits of send buffers belong to the first network namespace (net/core/sysctl_net_core.c). */
function sendBufferTests(): void {
  const limits = ['/proc/sys/net/core/wmem_default', '/proc/sys/net/core/wmem_max'];
  const machine = linuxKernel({ netns: '/proc/1/ns/net' });

  describe('a machine with send buffers of 64 KiB', () => {
    test('carries out or refuses each of 1,500 calls of one tick', async () => {
      enterFreshNamespace();
      const before = await Promise.all(limits.map((path) => readText(machine, path)));
      await Promise.all(limits.map((path) => machine.writeFile(path, '65536')));
      const addAll = (ipvs: Ipvs) =>
        Promise.allSettled(Array.from({ length: 1500 }, (_, i) => ipvs.addService({ ...web, port: i + 1 })));
      try {
        const ipvs = await Ipvs.open();
        expect((await addAll(ipvs)).filter(({ status }) => status === 'rejected')).toEqual([]);
        expect(await ipvs.services()).toHaveLength(1500);
        await ipvs.close();
        await withoutNetAdmin(async () => {
          const unprivileged = await Ipvs.open();
          for (const outcome of await addAll(unprivileged))
            expect(outcome).toMatchObject({ status: 'rejected', reason: { reason: 'not-permitted' } });
          await unprivileged.close();
        });
      } finally {
        await Promise.all(limits.map((path, i) => machine.writeFile(path, before[i] ?? '')));
      }
    });
  });
}
