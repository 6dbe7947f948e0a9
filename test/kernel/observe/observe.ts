import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { release } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Connection, type ConnectionFilter, Ipvs, type Sysctls } from '../../../src/ipvs/index.ts';
import { ipvsadm } from '../../support/ipvsadm/ipvsadm.ts';
import { sendDatagram } from '../../support/linux/datagram.ts';
import { freezeEstimates, hasSteadyRates } from '../../support/linux/estimates.ts';
import { isAtLeast } from '../../support/linux/kernel-version.ts';
import { enterFreshNamespace } from '../../support/linux/namespace.ts';
import { realKernel } from '../bed.ts';

const SYSCTL = '/proc/sys/net/ipv4/vs/';

/** The estimator brings the counters up to date every two seconds (net/netfilter/ipvs/ip_vs_est.c). */
const ESTIMATED = 2500;

/** Established connections of either family. */
const ESTABLISHED = 5;

const web = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
const web6 = { protocol: 'tcp', address: '2001:db8::1', port: 80 } as const;
const dns = { protocol: 'udp', address: '192.0.2.14', port: 53 } as const;
const server = { address: '192.0.2.1', port: 5001 };
const server6 = { address: '2001:db8::1', port: 5001 };
const resolver = { address: '192.0.2.30', port: 5353 };

const rules = `
-A -t 192.0.2.1:80 -s rr -p 300
-a -t 192.0.2.1:80 -r 192.0.2.1:5001 -m
-A -t [2001:db8::1]:80 -s rr
-a -t [2001:db8::1]:80 -r [2001:db8::1]:5001 -m
-A -u 192.0.2.14:53 -s rr
-a -u 192.0.2.14:53 -r 192.0.2.30:5353 -m
-a -u 192.0.2.14:53 -r 192.0.2.31:5353 -m
-A -u 192.0.2.14:5061 -s rr -p 600 --pe sip
-a -u 192.0.2.14:5061 -r 192.0.2.30 -m
-A -f 77 -s rr -p 100
-a -f 77 -r 192.0.2.30:0 -g
-A -f 77 -6 -s rr -p 100
-a -f 77 -6 -r [2001:db8::30]:0 -g
`.trimStart();

/** What {@link Ipvs} observes of a kernel at work, with ipvsadm and the kernel's own text as judges. */
export function observeTests(): void {
  describe('what is observed of traffic', () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await Scene.open();
    });
    afterAll(() => scene.close());

    test('connections equal those that ipvsadm lists, whichever filter is laid over them', async () => {
      const { ipvs } = scene;
      const all = await eventually(async () => {
        const before = ipvsadmConnections();
        const connections = await collect(ipvs.connections());
        return sameLines(before, ipvsadmConnections()) ? { connections, listed: before } : undefined;
      });
      expect(all.connections.map(({ expires }) => expires).every((seconds) => seconds > 0)).toBe(true);
      expect(sorted(all.connections.map(ipvsadmLine))).toEqual(sorted(all.listed));

      const filters: [ConnectionFilter, RegExp][] = [
        [{ service: web }, /^TCP \S+ \S+ 192\.0\.2\.1:80 /],
        [{ service: web6 }, /^TCP \S+ \S+ \[2001:db8::1\]:80 /],
        [{ service: { ...web6, port: 0 } }, /^TCP \S+ \S+ \[2001:db8::1\]:/],
        [{ service: { fwmark: 77 } }, /^IP \S+ \S+ 0\.0\.0\.77:0 /],
        [{ service: { fwmark: 77, family: 'inet6' } }, /^IP \S+ \S+ \[0:4d::\]:0 /],
        [{ destination: server }, / 192\.0\.2\.1:5001$/],
        [{ destination: server6 }, / \[2001:db8::1\]:5001$/],
        [{ destination: resolver, service: dns }, /^UDP \S+ \S+ 192\.0\.2\.14:53 192\.0\.2\.30:5353$/],
        [{ state: 'ESTABLISHED' }, / ESTABLISHED /],
        [{ state: ['UDP', 'NONE'] }, / (UDP|NONE) /],
        [{ protocol: 'udp' }, /^UDP /],
      ];
      for (const [filter, pattern] of filters) {
        const expected = all.listed.filter((line) => pattern.test(line));
        expect(expected, `ipvsadm lists nothing like ${pattern}`).not.toEqual([]);
        expect(sorted((await collect(ipvs.connections(filter))).map(ipvsadmLine))).toEqual(sorted(expected));
      }
    });

    test('connections have the seconds and the persistence engine that /proc shows', async () => {
      const { connections, text } = await eventually(async () => {
        const before = readNet('ip_vs_conn');
        const read = await collect(scene.ipvs.connections());
        return before === readNet('ip_vs_conn') ? { connections: read, text: before } : undefined;
      });
      const rows = text.trim().split('\n').slice(1);
      const tails = rows.map((row) => row.trim().split(/ +/).slice(8).join(' '));
      expect(
        connections.map(({ expires, engine, engineData }) => [expires, engine, engineData].join(' ').trim()),
      ).toEqual(tails);
      expect(connections.filter(({ engine }) => engine)).toMatchObject([
        { engine: 'sip', engineData: '7ca1@192.0.2.1' },
      ]);
    });

    test('a backup knows the connections of the master, and that they are not its own', async () => {
      const own = await collect(scene.ipvs.connections({ state: 'ESTABLISHED' }, { origin: true }));
      expect(own.map(({ origin }) => origin)).toEqual(Array(2 * ESTABLISHED).fill('local'));
      const ends = (connections: Connection[]) => sorted(connections.map(ipvsadmLine));
      const synchronised = await eventually(async () => {
        const found = await collect(scene.backup.connections({ state: 'ESTABLISHED', origin: 'sync' }));
        return found.length === own.length ? found : undefined;
      });
      expect(ends(synchronised)).toEqual(ends(own));
      expect(await collect(scene.backup.connections({ origin: 'local' }))).toEqual([]);
    });

    test('totals equal the sum of what ipvsadm counts, and what /proc shows', async () => {
      const total = await scene.ipvs.statistics();
      const counted = [
        total.connections,
        total.incomingPackets,
        total.outgoingPackets,
        total.incomingBytes,
        total.outgoingBytes,
      ];
      const rates = [
        total.connectionsPerSecond,
        total.incomingPacketsPerSecond,
        total.outgoingPacketsPerSecond,
        total.incomingBytesPerSecond,
        total.outgoingBytesPerSecond,
      ];
      const services = [
        ...ipvsadm(['-Ln', '--stats', '--exact']).matchAll(/^(?:TCP|UDP|FWM) +\S+(?: IPv6)?((?: +\d+){5})/gm),
      ];
      expect(services).toHaveLength(6);
      const numbers = services.map(([, columns = '']) => columns.trim().split(/ +/).map(BigInt));
      expect(counted).toEqual(counted.map((_, i) => numbers.reduce((sum, row) => sum + (row[i] ?? 0n), 0n)));
      expect(counted.every((count) => count > 0n)).toBe(true);
      const [, , countedRow, , , ratesRow] = readNet('ip_vs_stats').split('\n').map(hexColumns);
      expect(counted).toEqual(countedRow);
      expect(rates.map(BigInt)).toEqual(ratesRow);
      expect(total.incomingBytesPerSecond > 0).toBe(hasSteadyRates(realKernel.kernel));
    });

    test('the counters of the CPUs equal what /proc shows, and add up to the totals', async () => {
      const cpus = await scene.ipvs.cpuStatistics();
      const rows = readNet('ip_vs_stats_percpu')
        .split('\n')
        .filter((line) => /^ *[\dA-F]+( +[\dA-F]+){5}$/.test(line))
        .map(hexColumns);
      expect(
        cpus.map((each) => [
          BigInt(each.cpu),
          each.connections,
          each.incomingPackets,
          each.outgoingPackets,
          each.incomingBytes,
          each.outgoingBytes,
        ]),
      ).toEqual(rows);
      const total = await scene.ipvs.statistics();
      for (const name of [
        'connections',
        'incomingPackets',
        'outgoingPackets',
        'incomingBytes',
        'outgoingBytes',
      ] as const)
        expect(cpus.reduce((sum, cpu) => sum + cpu[name], 0n)).toBe(total[name]);
    });

    test('the status counts what is there, where the kernel has one', async () => {
      const { ipvs } = scene;
      const status = await ipvs.status();
      if (!isAtLeast(realKernel.kernel, '7.2')) {
        expect(status).toBeUndefined();
        expect(readdirSync('/proc/thread-self/net')).not.toContain('ip_vs_status');
        return;
      }
      const connections = readNet('ip_vs_conn').trim().split('\n').length - 1;
      expect(status).toMatchObject({ connections, services: 6 });
      const { conn_lfactor, svc_lfactor } = await ipvs.sysctls();
      expect([status?.connectionTable.loadFactor, status?.serviceTable.loadFactor]).toEqual([
        conn_lfactor,
        svc_lfactor,
      ]);
      for (const { buckets, lengths } of [status?.connectionTable, status?.serviceTable].flatMap((each) => each ?? []))
        expect(lengths.reduce((sum, each) => sum + each.buckets, 0)).toBe(buckets);
      const { buckets = 0, lengths = [] } = status?.serviceTable ?? {};
      expect(lengths.reduce((sum, each) => sum + each.length * each.buckets, 0)).toBe(6);
      expect(readNet('ip_vs_status')).toContain(`Service buckets:\t${buckets} (`);
    });
  });

  describe('features', () => {
    test('are the modules that there are; asking loads them, holds none and leaves the table alone', async () => {
      enterFreshNamespace();
      const ipvs = await Ipvs.open();
      try {
        ipvsadm(['-R'], rules);
        const table = ipvsadm(['-Sn']);
        const there = schedulerModules();
        const used = new Map(there.map((name) => [name, users(name)]));
        const { schedulers = [], persistenceEngines = [], ...others } = await ipvs.features();
        expect(others).toEqual({ kernelRelease: release(), ipv6: true });
        const engines = persistenceEngines.map((name) => `pe_${name}`);
        expect(sorted([...schedulers, ...engines])).toEqual(sorted(there));
        // Namespaces that are going away may let go of some meanwhile.
        for (const name of there) expect(users(name), name).toBeLessThanOrEqual(used.get(name) ?? 0);
        expect(
          await ipvs.features({ schedulers: ['rr', 'none-such'], persistenceEngines: ['none-such'] }),
        ).toMatchObject({
          schedulers: ['rr'],
          persistenceEngines: [],
        });
        expect(ipvsadm(['-Sn'])).toBe(table);
      } finally {
        await ipvs.close();
      }
    });
  });

  describe('sysctls of a namespace', () => {
    let ipvs: Ipvs;
    let other: Ipvs;
    let before: Sysctls;
    beforeAll(async () => {
      // Schedulers that bring a setting with them. There is no service: a setting of the estimator that follows another at once can bring its
      // threads to a halt (net/netfilter/ipvs/ip_vs_ctl.c, est_reload_work_handler; docs/reliability.md).
      execFileSync('modprobe', ['-a', 'ip_vs_lblc', 'ip_vs_lblcr']);
      enterFreshNamespace();
      execFileSync('ip', ['netns', 'add', 'other']);
      [ipvs, other] = [await Ipvs.open(), await Ipvs.open({ netns: 'other' })];
      before = await ipvs.sysctls();
    });
    afterAll(async () => {
      await Promise.all([ipvs.close(), other.close()]);
      execFileSync('ip', ['netns', 'delete', 'other']);
    });

    test('are all that there are', () => {
      expect(Object.keys(before).sort()).toEqual(readdirSync(SYSCTL).sort());
    });

    test('take every value that they may have, or its bounds, and leave other namespaces alone', async () => {
      const elsewhere = await other.sysctls();
      const known = there(before);
      for (let round = 0; round < Math.max(...known.map(({ legal }) => legal.length)); round++) {
        const chosen = known.map(({ name, legal }) => ({ name, pair: legal[round] ?? legal.at(-1) }));
        const values = Object.fromEntries(chosen.map(({ name, pair }) => [name, pair?.[0]]));
        await ipvs.setSysctls(values);
        expect(await ipvs.sysctls()).toEqual(values);
        const texts = chosen.map(({ name }) => [name, readFileSync(SYSCTL + name, 'utf8')]);
        expect(texts).toEqual(chosen.map(({ name, pair }) => [name, `${pair?.[1]}\n`]));
      }
      await ipvs.setSysctls(before);
      expect(await ipvs.sysctls()).toEqual(before);
      expect(await other.sysctls()).toEqual(elsewhere);
    });

    test('of another namespace are set there', async () => {
      await other.setSysctls({ am_droprate: 42, sync_threshold: { threshold: 7, period: 9 } });
      expect(await other.sysctls()).toMatchObject({ am_droprate: 42, sync_threshold: { threshold: 7, period: 9 } });
      expect(await ipvs.sysctls()).toEqual(before);
      const files = ['am_droprate', 'sync_threshold'].map((name) => SYSCTL + name);
      const shown = execFileSync('ip', ['netns', 'exec', 'other', 'cat', ...files], { encoding: 'utf8' });
      expect(shown).toBe('42\n7\t9\n');
    });

    test('refuse every other value, and say which, as the kernel itself would', async () => {
      // Before 5.12 the kernel passes over negative values of an unsigned long without a word (kernel/sysctl.c).
      const passedOver = isAtLeast(realKernel.kernel, '6.1') ? '' : 'sync_qlen_max';
      for (const { name, illegal } of there(before)) {
        for (const [value, text] of illegal) {
          const refusal = await ipvs.setSysctls({ [name]: value }).catch((error: unknown) => error);
          expect(refusal, `${name} set to ${String(value)}`).toMatchObject({
            name: 'InputError',
            message: expect.stringMatching(new RegExp(`^sysctls\\.${name}.* must be `)),
          });
          if (text !== undefined && !(text.startsWith('-') && name === passedOver))
            expect(() => writeFileSync(SYSCTL + name, text), `${name}: ${text}`).toThrow('EINVAL');
        }
      }
      expect(await ipvs.sysctls()).toEqual(before);
    });

    test("read 'active' as 'standby' while memory is plenty", async () => {
      for (const name of ['drop_entry', 'drop_packet', 'secure_tcp'] as const) {
        await ipvs.setSysctls({ [name]: 'active' });
        expect(await ipvs.sysctls()).toEqual({ ...before, [name]: 'standby' });
        await ipvs.setSysctls({ [name]: 'never' });
      }
    });

    test('that only the kernel can judge are refused with its errno', async () => {
      const seconds = ipvs.setSysctls({ sync_refresh_period: 21_474_836 });
      await expect(seconds).rejects.toMatchObject({
        name: 'SystemError',
        code: 'EINVAL',
        message: `Cannot write ${SYSCTL}sync_refresh_period (EINVAL)`,
      });
      const cpus = ipvs.setSysctls({ est_cpulist: [4095] });
      await expect(cpus).rejects.toMatchObject({ code: 'est_cpulist' in before ? 'ERANGE' : 'ENOENT' });
      expect(await ipvs.sysctls()).toEqual(before);
    });
  });
}

/** A setting with values to write, each with the text that the file then has, and values to refuse, with the kernel's word. */
interface Setting {
  readonly name: keyof Sysctls;
  readonly legal: readonly [value: unknown, text: string][];
  readonly illegal: readonly [value: unknown, text?: string][];
}

const [INT_MIN, INT_MAX] = [-(2 ** 31), 2 ** 31 - 1];

const settings: readonly Setting[] = [
  ...int(INT_MIN, INT_MAX, 'am_droprate amemthresh conn_reuse_mode sync_persist_mode sync_sock_size'),
  ...int(-8, 8, 'conn_lfactor svc_lfactor'),
  ...int(0, 2 ** 30, 'conn_max'),
  ...int(-20, 19, 'est_nice'),
  ...int(0, 3, 'sync_retries'),
  ...int(0, 1, 'sync_version'),
  ...names(
    'backup_only cache_bypass conntrack expire_nodest_conn expire_quiescent_template ignore_tunneled nat_icmp_send ' +
      'pmtu_disc run_estimation schedule_icmp sloppy_sctp sloppy_tcp snat_reroute',
  ).map(
    (name): Setting => ({
      name,
      legal: [
        [false, '0'],
        [true, '1'],
      ],
      illegal: [[1], ['yes', 'yes']],
    }),
  ),
  ...names('drop_entry drop_packet secure_tcp').map(
    (name): Setting => ({
      name,
      legal: [
        ['standby', '1'],
        ['always', '3'],
        ['never', '0'],
      ],
      illegal: [
        ['sometimes', 'sometimes'],
        [4, '4'],
        [-1, '-1'],
      ],
    }),
  ),
  // As long as the kernel's clock ticks 1000 times a second at most.
  ...names('lblc_expiration lblcr_expiration sync_refresh_period').map(
    (name): Setting => ({
      name,
      legal: [
        [0, '0'],
        [60, '60'],
        [2_147_483, '2147483'],
      ],
      illegal: [[21_474_837, '21474837'], [0.5], [INT_MIN, String(INT_MIN)]],
    }),
  ),
  {
    name: 'est_cpulist',
    legal: [
      [[], ''],
      [[0], '0'],
      [[0, 1], '0-1'],
    ],
    illegal: [['0'], [[-1], '-1'], [[0.5], '0.5']],
  },
  {
    name: 'sync_ports',
    legal: [1, 2, 64, 2 ** 30].map((value) => [value, String(value)]),
    illegal: [0, 3, -2, 2 ** 31].map((value) => [value, String(value)]),
  },
  {
    name: 'sync_qlen_max',
    legal: [0n, 1n, 2n ** 53n + 1n, 2n ** 64n - 1n].map((value) => [value, String(value)]),
    illegal: [[1], [-1n, '-1'], [2n ** 64n, String(2n ** 64n)]],
  },
  {
    name: 'sync_threshold',
    legal: [
      [{ threshold: 0, period: 1 }, '0\t1'],
      [{ threshold: 9, period: 0 }, '9\t0'],
      [{ threshold: INT_MAX - 1, period: INT_MAX }, `${INT_MAX - 1}\t${INT_MAX}`],
    ],
    illegal: [
      [{ threshold: 5, period: 5 }, '5 5'],
      [{ threshold: -1, period: 5 }, '-1 5'],
      [{ threshold: 5, period: -1 }, '5 -1'],
    ],
  },
];

function names(text: string): (keyof Sysctls)[] {
  return text.split(' ') as (keyof Sysctls)[];
}

/** Settings that take an int within bounds. */
function int(min: number, max: number, text: string): Setting[] {
  const pair = (value: number): [number, string] => [value, String(value)];
  return names(text).map((name) => ({
    name,
    legal: [min, max].map(pair),
    illegal: [[String(min)], ...[min - 1, max + 1].map(pair)],
  }));
}

/** The settings that a kernel has, each of which must be known here. */
function there(sysctls: Sysctls): readonly Setting[] {
  const found = settings.filter(({ name }) => name in sysctls);
  expect(found.map(({ name }) => name).sort()).toEqual(Object.keys(sysctls).sort());
  return found;
}

/** A namespace in which everything is seen, and one with a backup daemon beside it. */
class Scene {
  readonly #servers: Server[] = [];
  readonly #clients: Socket[] = [];
  readonly ipvs: Ipvs;
  readonly backup: Ipvs;

  private constructor(ipvs: Ipvs, backup: Ipvs) {
    this.ipvs = ipvs;
    this.backup = backup;
  }

  static async open(): Promise<Scene> {
    enterFreshNamespace();
    execFileSync('ip', ['netns', 'add', 'backup']);
    execFileSync('ip', ['-batch', '-'], { input: master });
    execFileSync('ip', ['-netns', 'backup', '-batch', '-'], { input: backup });
    const scene = new Scene(await Ipvs.open(), await Ipvs.open({ netns: 'backup' }));
    await scene.#pass();
    return scene;
  }

  /** Packets of every kind to every service; once they are counted, counting stops. */
  async #pass(): Promise<void> {
    ipvsadm(['-R'], rules);
    // The first packet of a connection is told of, and every one after it.
    await this.ipvs.setSysctls({ sync_threshold: { threshold: 0, period: 1 } });
    await this.backup.startDaemon({ state: 'backup', interface: 'v1', syncId: 1 });
    await this.ipvs.startDaemon({ state: 'master', interface: 'v0', syncId: 1 });
    for (const [service, { address, port }] of [
      [web, server],
      [web6, server6],
    ] as const) {
      const listening = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(port, address);
      this.#servers.push(listening);
      await once(listening, 'listening');
      for (let i = 0; i < ESTABLISHED; i++) {
        const client = connect(service.port, service.address);
        this.#clients.push(client.on('error', () => {}));
        client.write('hello');
        await once(client, 'data');
      }
    }
    for (let i = 0; i < 50; i++) sendDatagram(dns.address, dns.port, Buffer.alloc(1000));
    sendDatagram(dns.address, 5061, 'OPTIONS sip:a@192.0.2.14 SIP/2.0\r\nCall-ID: 7ca1@192.0.2.1\r\n\r\n');
    sendDatagram('192.0.2.99', 9, 'marked', 77);
    sendDatagram('2001:db8::99', 9, 'marked', 77);
    await setTimeout(ESTIMATED);
    await freezeEstimates(this.ipvs);
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.resetAndDestroy();
    for (const each of this.#servers) each.close();
    await this.backup.stopDaemon('backup');
    await Promise.all([this.ipvs.close(), this.backup.close()]);
    execFileSync('ip', ['netns', 'delete', 'backup']);
  }
}

const master = `
link add v0 type veth peer name v1 netns backup
addr add 198.51.100.1/24 dev v0
link set v0 up
`;

const backup = `
addr add 198.51.100.2/24 dev v1
link set v1 up
`;

/** The first reading that is one, within 10 seconds. */
async function eventually<T>(read: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const found = await read();
    if (found !== undefined) return found;
    await setTimeout(100);
  }
  throw new Error('What was waited for did not come');
}

async function collect(connections: AsyncIterable<Connection>): Promise<Connection[]> {
  const all: Connection[] = [];
  for await (const connection of connections) all.push(connection);
  return all;
}

/** The connections that ipvsadm lists, a blank between columns and without the time, which goes on. */
function ipvsadmConnections(): string[] {
  const [, , ...lines] = ipvsadm(['-Lnc']).trim().split('\n');
  return lines.map((line) =>
    line
      .trim()
      .replace(/^(\S+) +\S+ /, '$1 ')
      .replaceAll(/ +/g, ' '),
  );
}

/** A connection as ipvsadm would list it. */
function ipvsadmLine({ protocol, state, source, virtual, destination }: Connection): string {
  const ends = [source, virtual, destination].map(({ address, port }) =>
    address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
  );
  return [protocol.toUpperCase(), state, ...ends].join(' ');
}

function sorted(lines: readonly string[]): string[] {
  return [...lines].sort();
}

function sameLines(some: readonly string[], others: readonly string[]): boolean {
  return sorted(some).join('\n') === sorted(others).join('\n');
}

function readNet(name: string): string {
  return readFileSync(`/proc/thread-self/net/${name}`, 'utf8');
}

function hexColumns(line: string): bigint[] {
  return line
    .trim()
    .split(/ +/)
    .filter((word) => /^[\dA-F]+$/.test(word))
    .map((word) => BigInt(`0x${word}`));
}

/** The modules of schedulers and persistence engines that the kernel has, without `ip_vs_`. */
function schedulerModules(): string[] {
  const files = readFileSync(`/lib/modules/${release()}/modules.dep`, 'utf8').matchAll(/\/ip_vs_(\w+)\.ko\S*:/g);
  return [...files].map(([, name = '']) => name).filter((name) => name !== 'ftp');
}

/** How many hold a module; undefined for one that is not loaded. */
function users(module: string): number | undefined {
  const [, count] = new RegExp(`^ip_vs_${module} \\d+ (\\d+) `, 'm').exec(readFileSync('/proc/modules', 'utf8')) ?? [];
  return count === undefined ? undefined : Number(count);
}
