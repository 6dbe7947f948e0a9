import { describe, expect, test } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { readText } from '../../src/linux/kernel.ts';
import { FakeKernel, type FakeKernelOptions } from '../../src/testing/index.ts';
import { web } from '../contract/expected.ts';

const SYSCTL = '/proc/sys/net/ipv4/vs/';
const server = { address: '192.0.2.20', port: 8080 };
const server6 = { address: '2001:db8::20', port: 8080 };

async function start(options?: FakeKernelOptions) {
  const kernel = new FakeKernel(options);
  return { kernel, ipvs: await Ipvs.open({ kernel }), read: (path: string) => readText(kernel, path) };
}

describe('/proc/net/ip_vs', () => {
  test('has every kind of service as the kernel prints it', async () => {
    const { ipvs, read } = await start();
    await ipvs.addService({ ...web, scheduler: 'rr' });
    await ipvs.addDestination(web, server);
    await ipvs.addDestination(web, { ...server6, weight: 3, forwarding: { tunnel: 'ipip' } });
    await ipvs.addService({ protocol: 'udp', address: '192.0.2.11', port: 53, flags: { 'one-packet': true } });
    await ipvs.addService({
      protocol: 'udp',
      address: 'fd50::1',
      port: 5002,
      scheduler: 'rr',
      persistence: { timeout: 60, prefixLength: 64 },
    });
    await ipvs.addService({
      fwmark: 77,
      family: 'inet',
      scheduler: 'rr',
      persistence: { timeout: 60, netmask: '255.255.255.0' },
    });
    const [version, titles, columns, ...lines] = (await read('/proc/net/ip_vs')).split('\n');
    expect(version).toBe('IP Virtual Server version 1.2.1 (size=4096)');
    expect(titles).toBe('Prot LocalAddress:Port Scheduler Flags');
    expect(columns).toBe('  -> RemoteAddress:Port Forward Weight ActiveConn InActConn');
    const at = lines.indexOf('TCP  C000020A:0050 rr  ');
    expect(lines.slice(at + 1, at + 3)).toEqual([
      '  -> [2001:0db8:0000:0000:0000:0000:0000:0020]:1F90      Tunnel  3      0          0         ',
      '  -> C0000214:1F90      Masq    1      0          0         ',
    ]);
    expect(lines).toContain('UDP  C000020B:0035 wlc ops  ');
    expect(lines).toContain('UDP  [fd50:0000:0000:0000:0000:0000:0000:0001]:138A rr persistent 15000 40000000');
    expect(lines).toContain('FWM  0000004D rr persistent 15000 FFFFFF00');
  });
});

describe('connections', () => {
  const connection = {
    protocol: 'tcp',
    source: { address: '198.51.100.7', port: 40_000 },
    virtual: { address: web.address, port: web.port },
    destination: server,
  } as const;

  test('are listed, and their destination counts them', async () => {
    const { kernel, ipvs, read } = await start();
    await ipvs.addService(web);
    await ipvs.addDestination(web, server);
    kernel.connections.add(connection);
    kernel.connections.add({
      ...connection,
      source: { ...connection.source, port: 40_001 },
      state: 'FIN_WAIT',
      expires: 120,
      origin: 'sync',
    });
    kernel.connections.add({
      ...connection,
      source: { ...connection.source, port: 0 },
      engine: 'sip',
      engineData: 'abc 123@host',
    });
    expect(await read('/proc/net/ip_vs_conn')).toBe(
      [
        'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData',
        'TCP C6336407 9C40 C000020A 0050 C0000214 1F90 ESTABLISHED     900',
        'TCP C6336407 9C41 C000020A 0050 C0000214 1F90 FIN_WAIT        120',
        'TCP C6336407 0000 C000020A 0050 C0000214 1F90 NONE             60 sip abc 123@host',
        '',
      ].join('\n'),
    );
    expect(await read('/proc/net/ip_vs_conn_sync')).toBe(
      [
        'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Origin Expires',
        'TCP C6336407 9C40 C000020A 0050 C0000214 1F90 ESTABLISHED LOCAL      900',
        'TCP C6336407 9C41 C000020A 0050 C0000214 1F90 FIN_WAIT    SYNC       120',
        'TCP C6336407 0000 C000020A 0050 C0000214 1F90 NONE        LOCAL       60',
        '',
      ].join('\n'),
    );
    const counts = async () => {
      const [destination] = await ipvs.destinations(web);
      return [destination?.activeConnections, destination?.inactiveConnections, destination?.persistentConnections];
    };
    expect(await counts()).toEqual([1, 1, 1]);
    expect(await read('/proc/net/ip_vs')).toContain('Masq    1      1          1         \n');
    kernel.connections.add({ ...connection, state: 'CLOSE', expires: 10 });
    expect(await counts()).toEqual([0, 2, 1]);
    kernel.tick(60);
    expect(await counts()).toEqual([0, 1, 0]);
    expect(kernel.connections.remove({ ...connection, source: { ...connection.source, port: 40_001 } })).toBe(true);
    expect(kernel.connections.remove(connection)).toBe(false);
    expect([await counts(), kernel.connections.size]).toEqual([[0, 0, 0], 0]);
  });

  test('of IPv6, of a firewall mark, and behind another family', async () => {
    const { kernel, ipvs, read } = await start();
    await ipvs.addService({ fwmark: 77, family: 'inet' });
    await ipvs.addDestination({ fwmark: 77, family: 'inet' }, server);
    const source = { address: '2001:db8::7', port: 52_132 };
    const virtual = { address: '2001:db8::10', port: 80 };
    kernel.connections.add({
      protocol: 'tcp',
      source,
      virtual,
      destination: { address: '192.0.2.22', port: 80 },
      state: 'SYN_RECV',
    });
    const marked = { address: '0.0.0.77', port: 0 };
    kernel.connections.add({
      protocol: 'ip',
      source: { address: '9.9.9.9', port: 0 },
      virtual: marked,
      destination: server,
    });
    const [, ...lines] = (await read('/proc/net/ip_vs_conn')).split('\n');
    const [from, to] = ['2001:0db8:0000:0000:0000:0000:0000:0007', '2001:0db8:0000:0000:0000:0000:0000:0010'];
    expect(lines).toEqual([
      `TCP ${from} CBA4 ${to} 0050 C0000216 0050 SYN_RECV         60`,
      'IP  09090909 0000 0000004D 0000 C0000214 1F90 NONE             60',
      '',
    ]);
    expect(await ipvs.destinations({ fwmark: 77, family: 'inet' })).toMatchObject([{ persistentConnections: 1 }]);
  });

  test('that cannot be are refused', async () => {
    const { kernel } = await start();
    const refusal = (change: object) => () => kernel.connections.add({ ...connection, ...change });
    expect(refusal({ protocol: 'tpc' })).toThrow("connection.protocol must be tcp, udp, sctp or ip, got 'tpc'");
    expect(refusal({ state: 'OPEN' })).toThrow('connection.state must be one of NONE, ESTABLISHED, SYN_SENT');
    expect(refusal({ expires: -1 })).toThrow('connection.expires must be 0 or more seconds, got -1');
    expect(refusal({ source: { address: '1.2.3', port: 1 } })).toThrow(
      'connection.source.address must be an IPv4 address',
    );
    expect(refusal({ service: web })).toThrow('service must be the key of a service that exists');
  });

  test('make the table of 7.2 grow', async () => {
    const { kernel, ipvs, read } = await start({ version: '7.2' });
    expect(await ipvs.info()).toMatchObject({ connectionTableSize: 0 });
    for (let port = 1; port <= 65; port++)
      kernel.connections.add({ ...connection, source: { ...connection.source, port } });
    expect(await ipvs.info()).toMatchObject({ connectionTableSize: 512 });
    expect(await read('/proc/net/ip_vs_status')).toContain('Conns:\t65\nConn buckets:\t512 (9 bits, lfactor -2)\n');
    await kernel.writeFile(`${SYSCTL}conn_lfactor`, '0');
    expect(await ipvs.info()).toMatchObject({ connectionTableSize: 256 });
  });

  test('a file of thousands comes in pieces', async () => {
    const { kernel } = await start();
    for (let port = 1; port <= 1000; port++)
      kernel.connections.add({ ...connection, source: { ...connection.source, port } });
    const sizes: number[] = [];
    for await (const piece of kernel.readFile('/proc/net/ip_vs_conn')) sizes.push(piece.length);
    expect(sizes.slice(0, -1).every((size) => size === 4096)).toBe(true);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(78 + 2 + 1000 * 66);
  });
});

describe('statistics', () => {
  test('are hexadecimal, of each processor at once and in sum after the estimator', async () => {
    const { kernel, ipvs, read } = await start();
    await ipvs.addService(web);
    kernel.traffic(web, {
      connections: 1,
      incomingPackets: 5,
      outgoingPackets: 5,
      incomingBytes: 640,
      outgoingBytes: 780,
    });
    kernel.traffic(web, { incomingPackets: 2n, cpu: 1 });
    const zeros = '       0        0        0                0                0';
    expect((await read('/proc/net/ip_vs_stats')).split('\n')[2]).toBe(zeros);
    expect((await read('/proc/net/ip_vs_stats_percpu')).split('\n').slice(2, 5)).toEqual([
      '  0        1        5        5              280              30C',
      '  1        0        2        0                0                0',
      `  ~ ${zeros}`,
    ]);
    kernel.tick();
    expect(await read('/proc/net/ip_vs_stats')).toBe(
      [
        '   Total Incoming Outgoing         Incoming         Outgoing',
        '   Conns  Packets  Packets            Bytes            Bytes',
        '       1        7        5              280              30C',
        '',
        ' Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s',
        '       0        1        1               50               61',
        '',
      ].join('\n'),
    );
    await ipvs.zero();
    expect(await read('/proc/net/ip_vs_stats_percpu')).toBe(
      [
        '       Total Incoming Outgoing         Incoming         Outgoing',
        'CPU    Conns  Packets  Packets            Bytes            Bytes',
        '  0        1        5        5              280              30C',
        '  1        0        2        0                0                0',
        `  ~ ${zeros}`,
        '',
        '     Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s',
        `    ${zeros}`,
        '',
      ].join('\n'),
    );
  });

  test.each([
    ['run_estimation', '0'],
    ['est_cpulist', '\n'],
  ])('stand still while %s is %j', async (name, value) => {
    const { kernel, ipvs } = await start();
    await ipvs.addService(web);
    await kernel.writeFile(SYSCTL + name, value);
    kernel.traffic(web, { incomingPackets: 5 });
    kernel.tick(10);
    expect((await ipvs.service(web))?.statistics.incomingPackets).toBe(0n);
    await kernel.writeFile(SYSCTL + name, name === 'run_estimation' ? '1' : '0-1');
    kernel.tick();
    expect((await ipvs.service(web))?.statistics.incomingPackets).toBe(5n);
  });
});

describe('/proc/net/ip_vs_status', () => {
  test('is of 7.2, for the privileged', async () => {
    expect(await (await start({ version: '7.2' })).read('/proc/net/ip_vs_status')).toContain(
      'Conns:\t0\nConn buckets:\t0 (0 bits, lfactor 0)\nServices:\t0\nService buckets:\t0 (0 bits, lfactor 0)\n',
    );
    await expect((await start()).read('/proc/net/ip_vs_status')).rejects.toMatchObject({ code: 'ENOENT' });
    const other = await start({ version: '7.2', capable: false });
    await expect(other.read('/proc/net/ip_vs_status')).rejects.toMatchObject({ code: 'EACCES', syscall: 'open' });
    expect(await other.read('/proc/net/ip_vs')).not.toBe('');
  });
});

describe('sysctls', () => {
  test.each([
    ['am_droprate', '0x10', '16\n'],
    ['am_droprate', ' 010 9 x', '8\n'],
    ['am_droprate', '-2147483648', '-2147483648\n'],
    ['am_droprate', '2147483648', 'EINVAL'],
    ['am_droprate', '-2147483649', 'EINVAL'],
    ['am_droprate', '', '10\n'],
    ['am_droprate', ' \n', 'EINVAL'],
    ['am_droprate', '5x', 'EINVAL'],
    ['am_droprate', '0x', 'EINVAL'],
    ['am_droprate', '09', 'EINVAL'],
    ['am_droprate', '--5', 'EINVAL'],
    ['am_droprate', `${'0'.repeat(20)}1`, 'EINVAL'],
    ['conntrack', '3', '3\n'],
    ['drop_entry', '3', '3\n'],
    ['drop_entry', '2', '1\n'],
    ['drop_packet', '4', 'EINVAL'],
    ['secure_tcp', '-1', 'EINVAL'],
    ['est_nice', '-20', '-20\n'],
    ['est_nice', '20', 'EINVAL'],
    ['est_cpulist', '', '0-1\n'],
    ['est_cpulist', '1', '1\n'],
    ['est_cpulist', '0-1', '0-1\n'],
    ['est_cpulist', '1,0', '0-1\n'],
    ['est_cpulist', 'N', '1\n'],
    ['est_cpulist', '\n', '\n'],
    ['est_cpulist', '2', 'ERANGE'],
    ['est_cpulist', '4294967296', 'EOVERFLOW'],
    ['est_cpulist', 'one', 'EINVAL'],
    ['est_cpulist', '1-0', 'EINVAL'],
    ['sync_qlen_max', '18446744073709551615', '18446744073709551615\n'],
    ['sync_qlen_max', '18446744073709551616', 'EINVAL'],
    ['sync_qlen_max', '-1', 'EINVAL'],
    ['sync_refresh_period', '-8589934', '-8589934\n'],
    ['sync_refresh_period', '8589935', 'EINVAL'],
    ['sync_threshold', '5 60 7', '5\t60\n'],
    ['sync_threshold', '4', '4\t50\n'],
    ['sync_threshold', '50', 'EINVAL'],
    ['sync_threshold', '50 0', '50\t0\n'],
    ['sync_ports', '64', '64\n'],
    ['sync_ports', '3', 'EINVAL'],
    ['sync_ports', '0', 'EINVAL'],
    ['sync_retries', '4', 'EINVAL'],
    ['sync_version', '2', 'EINVAL'],
  ])('%s takes %j as %j', async (name, written, result) => {
    const { kernel, read } = await start();
    const before = await read(SYSCTL + name);
    const writing = kernel.writeFile(SYSCTL + name, written);
    if (!result.startsWith('E')) await writing;
    else await expect(writing).rejects.toMatchObject({ code: result, syscall: 'write', path: SYSCTL + name });
    expect(await read(SYSCTL + name)).toBe(result.startsWith('E') ? before : result);
  });

  test('what came before a word that is no number is stored, though the write fails', async () => {
    const { kernel, read } = await start();
    await expect(kernel.writeFile(`${SYSCTL}sync_threshold`, '5 x')).rejects.toMatchObject({ code: 'EINVAL' });
    expect(await read(`${SYSCTL}sync_threshold`)).toBe('5\t50\n');
  });

  test('modes that depend on free memory show whether there is enough', async () => {
    const { kernel, read } = await start();
    await kernel.writeFile(`${SYSCTL}drop_entry`, '1');
    await kernel.writeFile(`${SYSCTL}secure_tcp`, '3');
    await kernel.writeFile(`${SYSCTL}amemthresh`, '2147483647');
    expect([await read(`${SYSCTL}drop_entry`), await read(`${SYSCTL}secure_tcp`)]).toEqual(['2\n', '3\n']);
    await kernel.writeFile(`${SYSCTL}amemthresh`, '1024');
    expect(await read(`${SYSCTL}drop_entry`)).toBe('1\n');
  });

  test('a negative message limit is refused, on 5.10 without a word', async () => {
    const path = `${SYSCTL}sync_qlen_max`;
    const [old, newer] = [await start({ version: '5.10' }), await start({ version: '6.1' })];
    await old.kernel.writeFile(path, ' -0x1\n');
    expect(await old.read(path)).toBe('22464\n');
    await expect(newer.kernel.writeFile(path, ' -0x1\n')).rejects.toMatchObject({ code: 'EINVAL' });
  });

  test('each version has its own', async () => {
    const has = async (version: '6.1' | '6.12' | '7.2', name: string) =>
      (await start({ version })).read(SYSCTL + name).then(
        () => true,
        () => false,
      );
    for (const [name, expected] of Object.entries({
      conn_reuse_mode: [true, true, true],
      est_cpulist: [false, true, true],
      est_nice: [false, true, true],
      conn_lfactor: [false, false, true],
      svc_lfactor: [false, false, true],
      conn_max: [false, false, true],
      debug_level: [false, false, false],
    }))
      expect([await has('6.1', name), await has('6.12', name), await has('7.2', name)], name).toEqual(expected);
  });

  test('some come with the module of a scheduler', async () => {
    const { ipvs, read } = await start();
    await expect(read(`${SYSCTL}lblc_expiration`)).rejects.toMatchObject({ code: 'ENOENT' });
    await ipvs.addService({ ...web, scheduler: 'lblc' });
    expect(await read(`${SYSCTL}lblc_expiration`)).toBe('86400\n');
  });

  test('belong to the kernel, and are for the privileged to write', async () => {
    const { kernel, read } = await start({ capable: false });
    expect(await read(`${SYSCTL}conntrack`)).toBe('0\n');
    const denied = { code: 'EACCES', syscall: 'open' };
    await expect(kernel.writeFile(`${SYSCTL}conntrack`, '1')).rejects.toMatchObject(denied);
    await expect(new FakeKernel().writeFile('/proc/net/ip_vs', '')).rejects.toMatchObject(denied);
    await expect(new FakeKernel().writeFile('/proc/net/ip_vs_stats', '1')).rejects.toMatchObject({ code: 'EIO' });
  });

  test('are not there without IPVS', async () => {
    const missing = readText(new FakeKernel({ family: false }), '/proc/net/ip_vs');
    await expect(missing).rejects.toMatchObject({ code: 'ENOENT', syscall: 'open', path: '/proc/net/ip_vs' });
    await expect(readText(new FakeKernel(), '/proc/net/constructor')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(readText(new FakeKernel(), '/etc/passwd')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
