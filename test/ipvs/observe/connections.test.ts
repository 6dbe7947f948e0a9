import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Connection, type ConnectionFilter, Ipvs, parseConnections } from '../../../src/ipvs/index.ts';
import type { Kernel } from '../../../src/linux/kernel.ts';
import { FakeKernel } from '../../../src/testing/index.ts';

const web = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
const web6 = { protocol: 'tcp', address: '2001:db8::1', port: 80 } as const;
const server = { address: '10.0.0.1', port: 8080 };
const server6 = { address: '2001:db8::a:1', port: 8080 };

let kernel: FakeKernel;
let ipvs: Ipvs;
beforeEach(async () => {
  kernel = new FakeKernel();
  ipvs = await Ipvs.open({ kernel });
  await ipvs.addService({ ...web, persistence: { timeout: 300 } });
  await ipvs.addService(web6);
  await ipvs.addService({ fwmark: 77, family: 'inet6', persistence: { timeout: 300 } });
  const source = (port: number, address = '198.51.100.1') => ({ address, port });
  kernel.connections.add({ protocol: 'tcp', source: source(1), virtual: web, destination: server });
  kernel.connections.add({ protocol: 'tcp', source: source(2), virtual: web, destination: server, state: 'FIN_WAIT' });
  kernel.connections.add({ protocol: 'tcp', source: source(0), virtual: web, destination: server, expires: 299.5 });
  kernel.connections.add({
    protocol: 'tcp',
    source: source(3, '2001:db8::c'),
    virtual: web6,
    destination: server6,
    origin: 'sync',
  });
  kernel.connections.add({
    protocol: 'ip',
    source: source(0, '2001:db8::c'),
    virtual: { address: '0:4d::', port: 0 },
    destination: server6,
    engine: 'sip',
    engineData: 'call 1',
  });
});

async function list(filter?: ConnectionFilter, options?: Parameters<Ipvs['connections']>[1]): Promise<Connection[]> {
  const found: Connection[] = [];
  for await (const connection of ipvs.connections(filter, options)) found.push(connection);
  return found;
}

const ports = async (filter: ConnectionFilter) => (await list(filter)).map(({ source }) => source.port).sort();

describe('connections', () => {
  test('come with everything that the kernel tells', async () => {
    const all = await list();
    expect(all).toHaveLength(5);
    expect(all.find(({ engine }) => engine)).toEqual({
      protocol: 'ip',
      source: { address: '2001:db8::c', port: 0 },
      virtual: { address: '0:4d::', port: 0 },
      destination: server6,
      state: 'NONE',
      expires: 60,
      engine: 'sip',
      engineData: 'call 1',
    });
  });

  test.each<[ConnectionFilter, number[]]>([
    [{ service: web }, [0, 1, 2]],
    [{ service: { ...web, port: 0 } }, [0, 1, 2]],
    [{ service: { ...web, port: 81 } }, []],
    [{ service: { ...web, protocol: 'udp' } }, []],
    [{ service: web6 }, [3]],
    [{ service: { fwmark: 77, family: 'inet6' } }, [0]],
    [{ service: { fwmark: 77 } }, []],
    [{ destination: server }, [0, 1, 2]],
    [{ destination: { ...server6, address: '2001:DB8:0::a:0001' } }, [0, 3]],
    [{ state: 'ESTABLISHED' }, [1, 3]],
    [{ state: ['FIN_WAIT', 'ESTABLISHED'] }, [1, 2, 3]],
    [{ state: [] }, []],
    [{ protocol: 'ip' }, [0]],
    [{ origin: 'sync' }, [3]],
    [{ origin: 'local', service: web, state: 'ESTABLISHED' }, [1]],
  ])('are filtered by %j', async (filter, expected) => {
    expect(await ports(filter)).toEqual(expected);
  });

  test('tell their origin instead of their engine when asked', async () => {
    const all = await list({}, { origin: true });
    expect(all.map(({ origin }) => origin).sort()).toEqual(['local', 'local', 'local', 'local', 'sync']);
    expect(all.some(({ engine }) => engine)).toBe(false);
  });

  test.each([
    [{ sate: 'UDP' }, 'filter.sate'],
    [{ state: 'established' }, 'filter.state'],
    [{ protocol: 'TCP' }, 'filter.protocol'],
    [{ origin: 'here' }, 'filter.origin'],
    [{ service: { ...web, port: 70000 } }, 'filter.service.port'],
    [{ destination: { address: 'x', port: 1 } }, 'filter.destination.address'],
  ])('reject for the filter %j', async (filter, path) => {
    await expect(list(filter as ConnectionFilter)).rejects.toMatchObject({ code: 'ERR_INPUT', path });
  });

  test('are the same however the text is cut', async () => {
    let text = '';
    for await (const piece of kernel.readFile('/proc/net/ip_vs_conn')) text += Buffer.from(piece).toString('latin1');
    const whole = parseConnections(text);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length - 1)), fc.boolean(), async (cuts, ended) => {
        const bytes = Buffer.from(ended ? text : text.trimEnd());
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const shared = Buffer.alloc(bytes.length);
        ipvs = await Ipvs.open({
          kernel: withFile(kernel, async function* () {
            for (const [i, place] of places.slice(1).entries()) {
              // As the real kernel's, a piece is overwritten by the next one.
              const size = bytes.subarray(places[i], place).copy(shared.fill(0));
              yield shared.subarray(0, size);
            }
          }),
        });
        expect(await list()).toEqual(whole);
      }),
    );
  });

  test('reject for a line that is none', async () => {
    const broken = withFile(kernel, async function* () {
      yield Buffer.from('TCP C0000201 0050\n');
    });
    ipvs = await Ipvs.open({ kernel: broken });
    await expect(list()).rejects.toMatchObject({
      code: 'ERR_NETLINK_WIRE',
      message: expect.stringContaining('TCP C0'),
    });
  });

  test('can be stopped, before and while they are read, and the file is closed', async () => {
    let closed = 0;
    ipvs = await Ipvs.open({
      kernel: withFile(kernel, async function* () {
        try {
          for (;;) yield Buffer.from(`${'TCP C0000201 0050 C0000202 0050 C0000203 0050 ESTABLISHED 9\n'.repeat(100)}`);
        } finally {
          closed++;
        }
      }),
    });
    const controller = new AbortController();
    const read = (async () => {
      for await (const { state } of ipvs.connections({}, { signal: controller.signal })) expect(state).toBeTruthy();
    })();
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await expect(read).rejects.toThrow('enough');
    await expect(list({}, { signal: controller.signal })).rejects.toThrow('enough');
    for await (const _ of ipvs.connections()) break;
    expect(closed).toBe(2);
  });
});

function withFile(base: Kernel, readFile: () => AsyncGenerator<Uint8Array>): Kernel {
  return {
    openNetlink: (protocol) => base.openNetlink(protocol),
    writeFile: (...args) => base.writeFile(...args),
    readFile,
  };
}
