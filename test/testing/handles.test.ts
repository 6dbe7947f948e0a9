import { describe, expect, test } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
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
      "version must be one of 6.1, 6.12, 7.2, got '5.4'",
    );
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
    expect(() => kernel.tick(-1)).toThrow('seconds must be 0 or more');
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
