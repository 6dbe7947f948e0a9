import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Connection, Ipvs, parseConnections } from '../../src/ipvs/index.ts';
import { readText } from '../../src/linux/kernel.ts';
import { linuxKernel } from '../../src/netlink/index.ts';
import { FakeKernel, type KernelVersion } from '../../src/testing/index.ts';
import { expectSameServicesFile } from '../support/ipvs/same-services-file.ts';
import { sortedServices } from '../support/ipvs/sorted-services.ts';
import { enterFreshNamespace } from '../support/linux/namespace.ts';
import { realKernel } from './bed.ts';

const SYSCTL = '/proc/sys/net/ipv4/vs/';
const version = realKernel.kernel as KernelVersion;

/**
 * The settings of every version, and one that none has. Without amemthresh, an int like others: while it is beyond the
 * free memory, others change by themselves.
 */
const names =
  'am_droprate backup_only cache_bypass conn_lfactor conn_max conn_reuse_mode conntrack drop_entry drop_packet est_cpulist est_nice expire_nodest_conn expire_quiescent_template ignore_tunneled nat_icmp_send pmtu_disc run_estimation schedule_icmp secure_tcp sloppy_sctp sloppy_tcp snat_reroute svc_lfactor sync_persist_mode sync_ports sync_qlen_max sync_refresh_period sync_retries sync_sock_size sync_threshold sync_version nonsense';

const number = fc.oneof(
  fc.integer({ min: -10, max: 130 }),
  fc.integer(),
  fc.constantFrom(2 ** 31, -(2 ** 31) - 1, 8589934, 8589935, -8589935, 2 ** 32),
);
const text = fc.oneof(
  number.map(String),
  fc.tuple(number, fc.constantFrom(' ', '\t', '\n', ',', '-', 'x', ' x', ''), number).map((parts) => parts.join('')),
  number.map((value) => ` ${value < 0 ? '-' : ''}0x${Math.abs(value).toString(16)}\n`),
  fc.constantFrom(
    '',
    ' ',
    '\n',
    'x',
    '-',
    '0x',
    '09',
    '010',
    `${'0'.repeat(20)}1`,
    '18446744073709551616',
    'all',
    'N',
    '0-0',
    '1-0',
  ),
);

/** The fake's files beside the kernel's own. */
export function fileTests(): void {
  describe('the files of the fake kernel are those of this one', () => {
    beforeAll(async () => {
      await (await Ipvs.open()).close(); // which loads the module, and so makes the files
    });

    test('/proc/net/ip_vs of random tables', async () => {
      await expectSameServicesFile(version, () => {
        enterFreshNamespace();
        return [linuxKernel(), newFake()];
      });
    });

    test('sysctls, whatever is written to them', async () => {
      enterFreshNamespace();
      const fake = newFake();
      // How many messages wait is chosen by the machine's memory.
      await fake.writeFile(`${SYSCTL}sync_qlen_max`, readFileSync(`${SYSCTL}sync_qlen_max`, 'utf8'));
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...names.split(' ')), text, async (name, written) => {
          const path = SYSCTL + name;
          const outcome = async (write: () => Promise<void>) => {
            const refusal = await write().then(
              () => undefined,
              ({ code }) => code,
            );
            return refusal;
          };
          const real = await outcome(async () => writeFileSync(path, written, { flag: 'r+' }));
          expect(await outcome(() => fake.writeFile(path, written))).toEqual(real);
          const read = (kernel: Parameters<typeof readText>[0]) => readText(kernel, path).catch(({ code }) => code);
          expect(await read(fake)).toEqual(await read(linuxKernel()));
        }),
        { numRuns: 400 },
      );
    });

    test('connections and totals after traffic', async () => {
      enterFreshNamespace();
      const [real, fake] = [linuxKernel(), newFake()];
      const service = { protocol: 'udp', address: '192.0.2.1', port: 5000 } as const;
      for (const kernel of [real, fake]) {
        const ipvs = await Ipvs.open({ kernel });
        await ipvs.addService({ ...service, scheduler: 'rr' });
        await ipvs.addDestination(service, { address: '192.0.2.1', port: 5001 });
        await ipvs.close();
      }
      const [client, server] = [createSocket('udp4'), createSocket('udp4')];
      client.bind(6000, '192.0.2.1');
      server.bind(5001, '192.0.2.1'); // which keeps quiet
      await Promise.all([once(client, 'listening'), once(server, 'listening')]);
      for (let i = 0; i < 3; i++)
        await new Promise((sent) => client.send(Buffer.alloc(100), service.port, service.address, sent));
      client.close();
      server.close();
      const file = await readText(real, '/proc/net/ip_vs_conn');
      for (const connection of parseConnections(file)) fake.connections.add(connection as Connection);
      expect(file).toContain('UDP C0000201 1770 C0000201 1388 C0000201 1389 UDP');
      const timeless = (lines: string) => lines.replaceAll(/\d+$/gm, '');
      for (const name of ['ip_vs_conn', 'ip_vs_conn_sync'])
        expect(timeless(await readText(fake, `/proc/net/${name}`))).toBe(
          timeless(await readText(real, `/proc/net/${name}`)),
        );
      expect(await sortedServices(fake)).toEqual(await sortedServices(real));

      await setTimeout(2500); // the estimator's turn
      fake.traffic(service, { connections: 1, incomingPackets: 3, incomingBytes: 384 });
      fake.tick();
      expect((await readText(fake, '/proc/net/ip_vs_stats')).split('\n').slice(0, 5)).toEqual(
        (await readText(real, '/proc/net/ip_vs_stats')).split('\n').slice(0, 5),
      );
    });

    test.runIf(version.startsWith('7.'))('ip_vs_status', async () => {
      enterFreshNamespace();
      const [real, fake] = [linuxKernel(), newFake()];
      // Which bucket an entry falls into is chosen by a random key, and the length of a chain by the machine's speed.
      const comparable = async (kernel: Parameters<typeof readText>[0]) =>
        (await readText(kernel, '/proc/net/ip_vs_status'))
          .split('\n')
          .filter((line) => !/ (empty|len-\d|max len|ests):/.test(line));
      const both = await Promise.all([real, fake].map((kernel) => Ipvs.open({ kernel })));
      const key = (port: number) => ({ protocol: 'tcp', address: '192.0.2.1', port }) as const;
      const step = async (act: (ipvs: Ipvs) => Promise<unknown>) => {
        for (const ipvs of both) await act(ipvs);
        await setTimeout(1000); // tables are resized, and threads started, by the kernel's workers
        expect(await comparable(fake)).toEqual(await comparable(real));
      };
      await step(async () => {});
      await step((ipvs) => ipvs.addService(key(1)));
      await step((ipvs) => Promise.all([2, 3, 4, 5, 6].map((port) => ipvs.addService(key(port)))));
      await step((ipvs) => ipvs.flush());
      for (const ipvs of both) await ipvs.close();
    });
  });
}

function newFake(): FakeKernel {
  const cpus =
    readFileSync('/proc/thread-self/net/ip_vs_stats_percpu', 'utf8').match(/^ {0,2}[\dA-F]+ /gm)?.length ?? 1;
  return new FakeKernel({ version, cpus });
}
