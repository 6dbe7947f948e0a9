import { describe, expect, test } from 'vitest';
import { Ipvs, type ServiceKey } from '../../src/ipvs/index.ts';
import { type ConnectOptions, FakeKernel, type FakeKernelOptions, record, replay } from '../../src/testing/index.ts';
import { noTraffic, web } from '../contract/expected.ts';
import { kernelOf } from '../support/netlink/kernel-of.ts';

const server = { address: '192.0.2.20', port: 8080 };

async function start(options?: FakeKernelOptions, connection?: ConnectOptions) {
  const kernel = new FakeKernel(options);
  return { kernel, ipvs: await Ipvs.open({ kernel: kernelOf(kernel.connect(connection)) }) };
}

describe('kernels', () => {
  test('live side by side, each with its own connections', async () => {
    const [one, other] = [await start(), await start()];
    const second = await Ipvs.open({ kernel: one.kernel });
    await one.ipvs.addService(web);
    expect(await second.services()).toHaveLength(1);
    expect(await other.ipvs.services()).toEqual([]);
    await one.ipvs.close();
    expect(await second.services()).toHaveLength(1);
  });

  test('without CAP_NET_ADMIN refuse everything', async () => {
    const { ipvs } = await start({ capable: false });
    await expect(ipvs.services()).rejects.toMatchObject({ code: 'EPERM', reason: 'not-permitted' });
    await expect(ipvs.info()).rejects.toMatchObject({ code: 'EPERM' });
  });

  test('without IPVS have no such family', async () => {
    await expect(start({ family: false })).rejects.toMatchObject({ code: 'ERR_NETLINK_NO_FAMILY' });
  });

  test('have the schedulers, engines and links that they are given', async () => {
    const { ipvs } = await start({ schedulers: ['own'], engines: [], links: {} });
    await ipvs.addService({ ...web, scheduler: 'own' });
    const refused = { reason: 'no-such-scheduler' };
    await expect(ipvs.addService({ ...web, port: 1, scheduler: 'rr' })).rejects.toMatchObject(refused);
    const sip = { ...web, port: 1, scheduler: 'own', persistence: { engine: 'sip' } };
    await expect(ipvs.addService(sip)).rejects.toMatchObject(refused);
    // Without any link there is no local routing table, and every IPv4 destination is refused.
    await expect(ipvs.addDestination(web, server)).rejects.toMatchObject({ code: 'EINVAL' });
    const daemon = ipvs.startDaemon({ state: 'backup', interface: 'd0' });
    await expect(daemon).rejects.toMatchObject({ reason: 'no-such-interface' });
  });

  test('say which options they do not understand', () => {
    expect(() => new FakeKernel({ version: '5.4' as '6.1' })).toThrow(
      "version must be that of Linux 5.10 or later, got '5.4'",
    );
    expect(() => new FakeKernel({ version: 'constructor' })).toThrow('version must be that of Linux 5.10 or later');
    expect(() => new FakeKernel({ verison: '6.1' } as object)).toThrow('verison is unknown (did you mean version?)');
    expect(() => new FakeKernel().connect({ capAk: true } as object)).toThrow(
      'capAk is unknown (did you mean capAck?)',
    );
    expect(() => new FakeKernel().refuse('EPERM', { comand: 'FLUSH' } as object)).toThrow('did you mean command?');
    for (const options of ['FLUSH', null, []]) {
      expect(() => new FakeKernel().refuse('EPERM', options as never)).toThrow('options must be an object, got');
      expect(() => new FakeKernel(options as never)).toThrow('options must be an object, got');
      expect(() => new FakeKernel().connect(options as never)).toThrow('options must be an object, got');
    }
    expect(() => new FakeKernel({ cpus: 0 })).toThrow('cpus must be an integer from 1 to 4096, got 0');
    expect(() => new FakeKernel({ keepRequests: -1 })).toThrow('keepRequests must be 0 or more');
    const links = { d0: { addresses: ['192.0.2.1'] } };
    expect(() => new FakeKernel({ links })).toThrow('links.d0.addresses must be an address and a prefix length');
    expect(() => new FakeKernel().refuse('ENONSENSE')).toThrow('errno must be the name of a Linux errno');
  });
});

describe('traffic', () => {
  const key = { destination: server };

  test('is read after the estimator has seen it, and its rates fade', async () => {
    const { kernel, ipvs } = await start();
    await ipvs.addService(web);
    await ipvs.addDestination(web, server);
    kernel.traffic(web, { ...key, connections: 1, incomingPackets: 5, incomingBytes: 640, active: 1 });
    const read = async () => (await ipvs.destinations(web))[0];
    expect(await read()).toMatchObject({ activeConnections: 1, statistics: noTraffic });
    kernel.tick();
    const totals = { connections: 1n, incomingPackets: 5n, incomingBytes: 640n };
    expect((await read())?.statistics).toMatchObject({
      ...totals,
      incomingPacketsPerSecond: 1,
      incomingBytesPerSecond: 80,
    });
    kernel.tick();
    expect((await read())?.statistics).toMatchObject({
      ...totals,
      incomingPacketsPerSecond: 0,
      incomingBytesPerSecond: 60,
    });
    kernel.tick();
    expect((await ipvs.service(web))?.statistics).toMatchObject({ ...totals, incomingBytesPerSecond: 45 });
  });

  test('is zeroed up to what was read', async () => {
    const { kernel, ipvs } = await start();
    await ipvs.addService(web);
    kernel.traffic(web, { connections: 3 });
    kernel.tick();
    kernel.traffic(web, { connections: 2 });
    await ipvs.zero(web);
    expect((await ipvs.service(web))?.statistics).toEqual(noTraffic);
    kernel.tick();
    expect((await ipvs.service(web))?.statistics.connections).toBe(2n);
  });

  test('of a removed destination comes back with it for a while', async () => {
    const { kernel, ipvs } = await start();
    const read = async () => (await ipvs.destinations(web))[0];
    const again = async () => {
      await ipvs.removeDestination(web, server);
      await ipvs.addDestination(web, server);
    };
    await ipvs.addService(web);
    await ipvs.addDestination(web, server);
    kernel.traffic(web, { ...key, connections: 1, inactive: 1 });
    kernel.tick();
    await again();
    expect(await read()).toMatchObject({ inactiveConnections: 1, statistics: { connections: 1n } });
    await ipvs.removeService(web);
    await ipvs.addService(web);
    await ipvs.addDestination(web, server);
    expect(await read()).toMatchObject({ inactiveConnections: 1, statistics: { connections: 0n } });
    kernel.traffic(web, { ...key, connections: 4, inactive: -1 });
    await ipvs.removeDestination(web, server);
    kernel.tick(240);
    await ipvs.addDestination(web, server);
    expect(await read()).toMatchObject({ inactiveConnections: 0, statistics: { connections: 0n } });
  });

  test('of a removed destination is kept by the time when the trash was last empty', async () => {
    const { kernel, ipvs } = await start();
    await ipvs.addService(web);
    await ipvs.addDestination(web, server);
    kernel.traffic(web, { ...key, connections: 1 });
    kernel.tick(2);
    const kept = async (seconds: number) => {
      await ipvs.removeDestination(web, server);
      kernel.tick(50);
      await ipvs.addDestination(web, server);
      kernel.tick(5);
      await ipvs.removeDestination(web, server); // at 55, into an empty trash: looked through at 115, 175 and 235
      kernel.tick(seconds - 55);
      await ipvs.addDestination(web, server);
      return (await ipvs.destinations(web))[0]?.statistics.connections;
    };
    expect(await kept(234)).toBe(1n);
    expect(await kept(235)).toBe(0n);
  });

  test('of a removed destination comes back to a service of the other family with the same mark or bytes', async () => {
    const { kernel, ipvs } = await start();
    const moved = async (from: ServiceKey, to: ServiceKey) => {
      const tunnelled = { ...server, forwarding: { tunnel: 'ipip' } } as const;
      await ipvs.addService(from);
      await ipvs.addDestination(from, tunnelled);
      kernel.traffic(from, { ...key, inactive: 1 });
      await ipvs.removeService(from);
      await ipvs.addService(to);
      await ipvs.addDestination(to, tunnelled);
      const [destination] = await ipvs.destinations(to);
      kernel.traffic(to, { ...key, inactive: -(destination?.inactiveConnections ?? 0) });
      await ipvs.removeService(to);
      kernel.tick(3600);
      return destination?.inactiveConnections;
    };
    const [four, six, other] = ['192.0.2.10', 'c000:20a::', 'c000:20a::1'].map(
      (address) => ({ protocol: 'tcp', address, port: 80 }) as const,
    );
    if (!four || !six || !other) throw new Error('three services');
    expect(await moved({ fwmark: 5, family: 'inet' }, { fwmark: 5, family: 'inet6' })).toBe(1);
    expect(await moved(six, four)).toBe(1);
    expect(await moved(four, six)).toBe(1);
    expect(await moved(other, four), 'an IPv4 service looks at four bytes').toBe(1);
    expect(await moved(four, other), 'an IPv6 service at sixteen').toBe(0);
  });

  test('stands still after a year', async () => {
    const { kernel, ipvs } = await start();
    await ipvs.addService(web);
    await ipvs.addDestination(web, server);
    kernel.traffic(web, { ...key, incomingBytes: 2n ** 62n, inactive: 1 });
    await ipvs.removeDestination(web, server);
    kernel.tick(31_536_000);
    const { statistics } = (await ipvs.service(web)) ?? {};
    expect(statistics).toMatchObject({ incomingBytes: 2n ** 62n, incomingBytesPerSecond: 0 });
    kernel.traffic(web, { incomingBytes: 1 });
    kernel.tick(2);
    expect((await ipvs.service(web))?.statistics.incomingBytes).toBe(2n ** 62n + 1n);
  });

  test('counts far beyond 2^53', async () => {
    const { kernel, ipvs } = await start();
    await ipvs.addService({ fwmark: 7 });
    kernel.traffic({ fwmark: 7 }, { incomingBytes: 2n ** 63n });
    kernel.tick();
    expect((await ipvs.service({ fwmark: 7 }))?.statistics.incomingBytes).toBe(2n ** 63n);
  });

  test('must pass through something that is there', async () => {
    const { kernel, ipvs } = await start();
    expect(() => kernel.traffic(web, {})).toThrow('service must be the key of a service that exists');
    await ipvs.addService(web);
    expect(() => kernel.traffic(web, key)).toThrow('destination must be the key of a destination of the service');
    await ipvs.addDestination(web, server);
    expect(() => kernel.traffic(web, { ...key, active: -1 })).toThrow('no fewer than 0 connections');
    expect(() => kernel.traffic(web, { connections: 0.5 })).toThrow('traffic.connections must be an integer');
    expect(() => kernel.traffic(web, { acitve: 1 } as object)).toThrow('did you mean active?');
    for (const seconds of [-1, Number.NaN, Number.POSITIVE_INFINITY, 31_536_001, '2' as unknown as number])
      expect(() => kernel.tick(seconds)).toThrow('seconds must be a number from 0 to 31536000 (a year)');
  });
});

describe('faults', () => {
  test('refuse as many requests as wanted', async () => {
    const { kernel, ipvs } = await start();
    kernel.refuse('EBUSY', { command: 'IPVS_CMD_GET_INFO', times: 2 });
    await ipvs.addService(web);
    await expect(ipvs.info()).rejects.toMatchObject({ code: 'EBUSY' });
    await expect(ipvs.info()).rejects.toMatchObject({ code: 'EBUSY' });
    expect((await ipvs.info()).version).toBe('1.2.1');
  });

  test('are planned for commands that exist, by their whole name or its end', async () => {
    const { kernel, ipvs } = await start();
    kernel.refuse('ENOMEM', { command: 'NEW_SERVICE' });
    await expect(ipvs.addService(web)).rejects.toMatchObject({ code: 'ENOMEM' });
    kernel.refuse('ENOMEM', { command: 'CTRL_CMD_GETFAMILY' });
    await expect(Ipvs.open({ kernel })).rejects.toMatchObject({ code: 'ENOMEM' });
    const mistaken = (command: string) => () => kernel.refuse('ENOMEM', { command });
    expect(mistaken('NEW_SERVIC')).toThrow(
      "command must be a command of IPVS, nlctrl, rtnetlink or ctnetlink (did you mean IPVS_CMD_NEW_SERVICE?), got 'NEW_SERVIC'",
    );
    expect(mistaken('IPVS_CMD_')).toThrow('command must be a command of IPVS, nlctrl, rtnetlink or ctnetlink');
    expect(mistaken('constructor')).toThrow('command must be a command of IPVS, nlctrl, rtnetlink or ctnetlink');
    expect(() => kernel.refuse('ENOMEM', { times: 0 })).toThrow('times must be an integer from 1');
  });

  test('overrun at a listing, after which the next one is whole', async () => {
    const { kernel, ipvs } = await start();
    await ipvs.addService(web);
    kernel.overrun();
    await Promise.allSettled([ipvs.services()]);
    expect(await ipvs.services()).toHaveLength(1);
  });

  test('keep answers back until they are released', async () => {
    const { kernel, ipvs } = await start();
    kernel.withhold();
    await expect(ipvs.addService(web)).rejects.toMatchObject({ code: 'ERR_NETLINK_TIMEOUT' });
    kernel.withhold();
    await expect(ipvs.services()).rejects.toMatchObject({ code: 'ERR_NETLINK_TIMEOUT' });
    kernel.release();
    expect(await ipvs.services()).toHaveLength(1);
  });

  test('cut an answer', async () => {
    const { kernel, ipvs } = await start();
    kernel.truncate(30);
    await expect(ipvs.info()).rejects.toMatchObject({ code: 'ERR_NETLINK_WIRE' });
    expect((await ipvs.info()).version).toBe('1.2.1');
  });

  test('overrun the receive buffer; what was asked is done all the same', async () => {
    const { kernel, ipvs } = await start();
    kernel.overrun();
    const both = [ipvs.addService(web), ipvs.info()];
    for (const { status, reason } of (await Promise.allSettled(both)) as PromiseRejectedResult[])
      expect([status, reason.code]).toEqual(['rejected', 'ERR_NETLINK_OVERRUN']);
    expect(await ipvs.services()).toHaveLength(1);
  });
});

test('what was asked can be looked up', async () => {
  const { kernel, ipvs } = await start();
  await ipvs.services();
  await expect(ipvs.removeService(web)).rejects.toThrow();
  expect(kernel.requests).toEqual([
    { command: 'CTRL_CMD_GETFAMILY', dump: false, fields: { familyName: 'IPVS' }, refusal: undefined },
    { command: 'IPVS_CMD_GET_SERVICE', dump: true, fields: {}, refusal: undefined },
    {
      command: 'IPVS_CMD_DEL_SERVICE',
      dump: false,
      fields: { service: { family: 'inet', ...web } },
      refusal: 'ESRCH',
    },
  ]);
});

test('of what was asked the newest is kept', async () => {
  const { kernel, ipvs } = await start({ keepRequests: 2 });
  await ipvs.info();
  await ipvs.services();
  await ipvs.timeouts();
  expect(kernel.requests.map(({ command }) => command)).toEqual(['IPVS_CMD_GET_SERVICE', 'IPVS_CMD_GET_CONFIG']);
  const whole = await start();
  await Promise.all(Array.from({ length: 10_500 }, () => whole.ipvs.info()));
  expect(whole.kernel.requests).toHaveLength(10_000);
  expect((await start({ keepRequests: 0 })).kernel.requests).toEqual([]);
});

test('a service of 16,000 destinations is filled, emptied and filled again', async () => {
  const { ipvs } = await start({ keepRequests: 0 });
  await ipvs.addService(web);
  const ports = Array.from({ length: 16_000 }, (_, i) => i + 1);
  const each = (act: (destination: { address: string; port: number }) => Promise<void>) =>
    Promise.all(ports.map((port) => act({ address: server.address, port })));
  await each((destination) => ipvs.addDestination(web, destination));
  await each((destination) => ipvs.removeDestination(web, destination));
  await each((destination) => ipvs.addDestination(web, destination));
  const listed = await ipvs.destinations(web);
  expect(listed.map(({ port }) => port)).toEqual(ports.reverse());
}, 20_000);

test('another version is taken as the newest known one that is not newer', async () => {
  const taken = (version: string) => new FakeKernel({ version }).version;
  expect(['7.9', '8.0', '7.2', '6.18', '6.12.107+deb13-amd64', '6.2'].map(taken)).toEqual([
    '7.2',
    '7.2',
    '7.2',
    '6.12',
    '6.12',
    '6.1',
  ]);
  expect(new FakeKernel().version).toBe('6.12');
});

test('a conversation is recorded and replayed', async () => {
  const lines: string[] = [];
  const use = async (ipvs: Ipvs) => {
    await ipvs.addService(web);
    const services = await ipvs.services();
    await ipvs.close();
    return services;
  };
  const recorded = await use(await Ipvs.open({ kernel: record(new FakeKernel(), (line) => lines.push(line)) }));
  const replayed = replay(lines.join('\n'));
  expect(await use(await Ipvs.open({ kernel: replayed }))).toEqual(recorded);
  expect(replayed.remaining).toBe(0);
});
