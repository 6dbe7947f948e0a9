import { describe, expect, test } from 'vitest';
import { Ipvs, type Sysctls } from '../../../src/ipvs/index.ts';
import type { Kernel } from '../../../src/linux/kernel.ts';
import { FakeKernel } from '../../../src/testing/index.ts';

const dns = { protocol: 'udp', address: '192.0.2.1', port: 53 } as const;

/** A kernel with a file's text replaced. */
async function withText(path: string, text: string): Promise<Ipvs> {
  const base: Kernel = new FakeKernel();
  return Ipvs.open({
    kernel: {
      openNetlink: (protocol) => base.openNetlink(protocol),
      writeFile: (...args) => base.writeFile(...args),
      readFile: (asked) => (asked === path ? pieces(text) : base.readFile(asked)),
    },
  });
}

async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

describe('totals', () => {
  // Printed by Linux 6.12.
  const totals = `   Total Incoming Outgoing         Incoming         Outgoing
   Conns  Packets  Packets            Bytes            Bytes
       2       1F        B FFFFFFFFFFFFFFFF              4D2

 Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
       0        A        1               9C              100
`;

  test('are hexadecimal, with 64 bits', async () => {
    const ipvs = await withText('/proc/net/ip_vs_stats', totals);
    expect(await ipvs.statistics()).toEqual({
      connections: 2n,
      incomingPackets: 31n,
      outgoingPackets: 11n,
      incomingBytes: 2n ** 64n - 1n,
      outgoingBytes: 1234n,
      connectionsPerSecond: 0,
      incomingPacketsPerSecond: 10,
      outgoingPacketsPerSecond: 1,
      incomingBytesPerSecond: 156,
      outgoingBytesPerSecond: 256,
    });
  });

  test('of each CPU', async () => {
    const kernel = new FakeKernel({ cpus: 20 });
    const ipvs = await Ipvs.open({ kernel });
    await ipvs.addService(dns);
    await ipvs.addDestination(dns, { address: '10.0.0.1', port: 53 });
    kernel.traffic(dns, { connections: 1, incomingPackets: 3, incomingBytes: 384, cpu: 17 });
    const all = await ipvs.cpuStatistics();
    expect(all.map(({ cpu }) => cpu)).toEqual([...Array(20).keys()]);
    expect(all[17]).toEqual({
      cpu: 17,
      connections: 1n,
      incomingPackets: 3n,
      outgoingPackets: 0n,
      incomingBytes: 384n,
      outgoingBytes: 0n,
    });
    expect(all[16]).toMatchObject({ incomingPackets: 0n });
    expect(await ipvs.statistics()).toMatchObject({ incomingPackets: 0n });
    kernel.tick();
    expect(await ipvs.statistics()).toMatchObject({ connections: 1n, incomingPackets: 3n, incomingBytes: 384n });
  });

  test.each(['', totals.slice(0, 150), `${totals}       2       1F        B                F              4D2\n`])(
    'reject for a file of another shape',
    async (text) => {
      const ipvs = await withText('/proc/net/ip_vs_stats', text);
      await expect(ipvs.statistics()).rejects.toMatchObject({ code: 'ERR_NETLINK_WIRE' });
    },
  );
});

describe('status', () => {
  // Printed by Linux 7.2.
  const text = `Conns:\t7
Conn buckets:\t256 (8 bits, lfactor -2)
Conn buckets empty:\t247 (96%)
Conn buckets len-1:\t9 (100%)
Services:\t6
Service buckets:\t32 (5 bits, lfactor -2)
Service buckets empty:\t26 (81%)
Service buckets len-1:\t5 (100%)
Service buckets len-2:\t1 (100%)
Stats thread slots:\t1 (max 4)
Stats chain max len:\t149
Stats thread ests:\t357600
`;

  test('is what the kernel prints', async () => {
    expect(await (await withText('/proc/net/ip_vs_status', text)).status()).toEqual({
      connections: 7,
      connectionTable: {
        buckets: 256,
        loadFactor: -2,
        lengths: [
          { length: 0, buckets: 247 },
          { length: 1, buckets: 9 },
        ],
      },
      services: 6,
      serviceTable: {
        buckets: 32,
        loadFactor: -2,
        lengths: [
          { length: 0, buckets: 26 },
          { length: 1, buckets: 5 },
          { length: 2, buckets: 1 },
        ],
      },
      estimator: { threads: 1, maxThreads: 4, maxChainLength: 149, entriesPerThread: 357600 },
    });
  });

  test('is there from 7.2 on, for the privileged', async () => {
    expect(await (await Ipvs.open({ kernel: new FakeKernel({ version: '6.12' }) })).status()).toBeUndefined();
    expect(await (await Ipvs.open({ kernel: new FakeKernel({ version: '7.2' }) })).status()).toMatchObject({
      connections: 0,
      connectionTable: { buckets: 0, lengths: [] },
    });
    const unprivileged = await Ipvs.open({ kernel: new FakeKernel({ version: '7.2', capable: false }) });
    await expect(unprivileged.status()).rejects.toMatchObject({ code: 'EACCES' });
  });

  test('rejects for a file of another shape', async () => {
    const ipvs = await withText('/proc/net/ip_vs_status', text.replace('max 4', '4'));
    await expect(ipvs.status()).rejects.toMatchObject({ code: 'ERR_NETLINK_WIRE' });
  });
});

describe('sysctls', () => {
  test.each([
    ['5.10', ['run_estimation', 'est_nice', 'conn_max', 'lblc_expiration', 'debug_level']],
    ['6.1', ['est_cpulist', 'est_nice', 'conn_max', 'lblc_expiration']],
    ['6.12', ['conn_lfactor', 'svc_lfactor', 'conn_max', 'lblc_expiration']],
    ['7.2', ['lblc_expiration']],
  ])('of %s are all read, and have the kernel its defaults', async (version, absent) => {
    const ipvs = await Ipvs.open({ kernel: new FakeKernel({ version }) });
    const sysctls = await ipvs.sysctls();
    expect(Object.keys(sysctls)).toHaveLength({ '5.10': 26, '6.1': 27, '6.12': 29, '7.2': 32 }[version] ?? 0);
    for (const name of absent) expect(sysctls).not.toHaveProperty(name);
    expect(sysctls).toMatchObject({
      am_droprate: 10,
      conntrack: false,
      pmtu_disc: true,
      drop_entry: 'never',
      sync_qlen_max: 22464n,
      sync_threshold: { threshold: 3, period: 50 },
    });
    await ipvs.setSysctls(sysctls);
    expect(await ipvs.sysctls()).toEqual(sysctls);
  });

  const legal: Sysctls[] = [
    { conntrack: true },
    { conntrack: false },
    { secure_tcp: 'always' },
    { drop_packet: 'standby' },
    { conn_max: 0 },
    { conn_max: 2 ** 30 },
    { conn_lfactor: -8 },
    { est_cpulist: [0, 1] },
    { est_cpulist: [] },
    { est_nice: 19 },
    { sync_ports: 2 ** 30 },
    { sync_qlen_max: 2n ** 40n },
    { sync_threshold: { threshold: 0, period: 1 } },
    { sync_threshold: { threshold: 9, period: 0 } },
    { sync_refresh_period: 8_589_934 },
    { am_droprate: -(2 ** 31) },
    { sync_version: 0 },
  ];
  test.each(legal)('are set: %o', async (some) => {
    const ipvs = await Ipvs.open({ kernel: new FakeKernel({ version: '7.2' }) });
    const before = await ipvs.sysctls();
    await ipvs.setSysctls(some);
    expect(await ipvs.sysctls()).toEqual({ ...before, ...some });
  });

  test("'active' is 'standby' while memory is plenty; lblc's expiry comes with the scheduler", async () => {
    const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
    await ipvs.setSysctls({ drop_entry: 'active' });
    expect(await ipvs.sysctls()).toMatchObject({ drop_entry: 'standby' });
    await ipvs.setSysctls({ amemthresh: 2 ** 30 });
    expect(await ipvs.sysctls()).toMatchObject({ drop_entry: 'active' });
    await ipvs.addService({ ...dns, scheduler: 'lblc' });
    await ipvs.setSysctls({ lblc_expiration: 60 });
    expect(await ipvs.sysctls()).toMatchObject({ lblc_expiration: 60 });
  });

  test.each([
    [{ conn_trck: true }, 'sysctls.conn_trck'],
    [{ conntrack: 1 }, 'sysctls.conntrack'],
    [{ secure_tcp: 3 }, 'sysctls.secure_tcp'],
    [{ secure_tcp: 'toString' }, 'sysctls.secure_tcp'],
    [{ conn_max: 2 ** 30 + 1 }, 'sysctls.conn_max'],
    [{ est_nice: -21 }, 'sysctls.est_nice'],
    [{ est_cpulist: '0-1' }, 'sysctls.est_cpulist'],
    [{ sync_ports: 3 }, 'sysctls.sync_ports'],
    [{ sync_ports: 0 }, 'sysctls.sync_ports'],
    [{ sync_qlen_max: 1000 }, 'sysctls.sync_qlen_max'],
    [{ sync_qlen_max: -1n }, 'sysctls.sync_qlen_max'],
    [{ sync_threshold: { threshold: 5, period: 5 } }, 'sysctls.sync_threshold.threshold'],
    [{ sync_threshold: [3, 50] }, 'sysctls.sync_threshold'],
    [{ sync_version: 2 }, 'sysctls.sync_version'],
    [{ am_droprate: 1.5 }, 'sysctls.am_droprate'],
    [null, 'sysctls'],
  ])('are refused before any is written: %o', async (some, path) => {
    const ipvs = await Ipvs.open({ kernel: new FakeKernel({ version: '7.2' }) });
    const before = await ipvs.sysctls();
    const wrong = some && { am_droprate: 7, ...some };
    await expect(ipvs.setSysctls(wrong as Sysctls)).rejects.toMatchObject({ code: 'ERR_INPUT', path });
    expect(await ipvs.sysctls()).toEqual(before);
  });

  test('that the kernel does not have are refused before any is written', async () => {
    const ipvs = await Ipvs.open({ kernel: new FakeKernel({ version: '6.1' }) });
    await expect(ipvs.setSysctls({ am_droprate: 7, est_nice: 1 })).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await ipvs.sysctls()).toMatchObject({ am_droprate: 10 });
  });

  test('that only the kernel can judge are refused with its errno', async () => {
    const ipvs = await Ipvs.open({ kernel: new FakeKernel({ cpus: 2 }) });
    await expect(ipvs.setSysctls({ est_cpulist: [7] })).rejects.toMatchObject({ code: 'ERANGE', syscall: 'write' });
  });
});
