import { describe, expect, test } from 'vitest';
import { Conntrack } from '../../src/conntrack/index.ts';
import { Ipvs } from '../../src/ipvs/index.ts';
import { FAMILY } from '../../src/ipvs/wire/commands.ts';
import { readText } from '../../src/linux/kernel.ts';
import {
  Family,
  hostIsLittleEndian,
  parseRecording,
  record,
  recordTransport,
  replay,
  Socket,
  type Transport,
  traced,
} from '../../src/netlink/index.ts';
import { Rtnetlink } from '../../src/rtnetlink/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { withoutAttributes } from '../support/netlink/without-attributes.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const web6 = { protocol: 'tcp', address: '2001:db8::10', port: 80 } as const;
const server = { address: '192.0.2.20', port: 8080, weight: 3 } as const;

/** What is said to a kernel, and seen of it, over each of its protocols. */
async function converse(kernel: Parameters<typeof record>[0]): Promise<unknown[]> {
  const ipvs = await Ipvs.open({ kernel });
  await ipvs.addService({ ...web, scheduler: 'rr', persistence: { timeout: 60, netmask: '255.255.255.0' } });
  await ipvs.addService({ ...web6, persistence: { timeout: 60, prefixLength: 64 } });
  await Promise.all([7, 8].map((port) => ipvs.addDestination(web, { ...server, port })));
  const again = ipvs.addService(web).catch(({ code }) => code);
  const seen: unknown[] = [await ipvs.services(), await ipvs.destinations(web), await ipvs.info(), await again];
  await ipvs.close();
  const rtnetlink = await Rtnetlink.open({ kernel });
  seen.push(await rtnetlink.links(), await rtnetlink.addresses());
  await rtnetlink.close();
  const conntrack = await Conntrack.open({ kernel });
  seen.push(await conntrack.flows());
  await conntrack.close();
  return seen;
}

describe.each([true, false])('a kernel that stores the low byte first: %s', (littleEndian) => {
  test('is spoken to in its byte order', async () => {
    const lines: string[] = [];
    const kernel = record(new FakeKernel({ littleEndian }), (line) => lines.push(line));
    expect(await converse(kernel)).toEqual(await converse(new FakeKernel()));
    expect(lines[1]).toBe(
      littleEndian
        ? '> 20000000 10000100 01000000 00000000 03020000 09000200 49505653 00000000'
        : '> 00000020 00100001 00000001 00000000 03020000 00090002 49505653 00000000',
    );
  });

  test('is recognised in a recording, which plays', async () => {
    const lines: string[] = [];
    const seen = await converse(record(new FakeKernel({ littleEndian }), (line) => lines.push(line)));
    const text = lines.join('\n');
    expect(parseRecording(text).littleEndian).toBe(littleEndian);
    expect((await replay(text).openNetlink('generic')).littleEndian).toBe(littleEndian);
    const source = replay(text);
    expect(await converse(source)).toEqual(seen);
    expect(source.remaining).toBe(0);
  });

  test('is played under the sequence numbers of the request at hand', async () => {
    const lines: string[] = [];
    const resolve = (transport: Transport) => Family.resolve(new Socket(transport), FAMILY);
    const { id } = await resolve(
      recordTransport(new FakeKernel({ littleEndian }).connect(), (line) => lines.push(line)),
    );
    const renumbered = lines.map((line) => line.replace(/^(. \w{8} \w{8}) \w{8}/, '$1 63636363'));
    expect((await resolve(await replay(renumbered.join('\n')).openNetlink('generic'))).id).toBe(id);
  });

  test('keeps its byte order behind what passes datagrams on', () => {
    const connect = () => new FakeKernel({ littleEndian }).connect();
    const wrapped = [
      connect(),
      recordTransport(connect(), () => {}),
      traced(connect(), {}, () => {}),
      withoutAttributes(connect(), {}),
    ];
    expect(wrapped.map((transport) => transport.littleEndian)).toEqual(wrapped.map(() => littleEndian));
  });

  test('is traced in words', async () => {
    const lines: string[] = [];
    const socket = new Socket(traced(new FakeKernel({ littleEndian }).connect(), {}, (line) => lines.push(line)));
    await Family.resolve(socket, FAMILY);
    await socket.close();
    expect(lines[0]).toBe("> #1 CTRL_CMD_GETFAMILY { familyName: 'IPVS' }");
    expect(lines[1]).toMatch(/^< #1 \{ familyId: \d+, familyName: 'IPVS', version: 1/);
  });

  test('resumes a listing that broke off', async () => {
    const kernel = new FakeKernel({ littleEndian });
    const ipvs = await Ipvs.open({ kernel });
    await ipvs.addService(web);
    kernel.overrun();
    await expect(ipvs.services()).rejects.toMatchObject({ code: 'ERR_NETLINK_OVERRUN' });
    expect(await ipvs.services()).toMatchObject([web]);
    await ipvs.close();
  });

  test('prints the prefix length of a persistent IPv6 service', async () => {
    const kernel = new FakeKernel({ littleEndian });
    const ipvs = await Ipvs.open({ kernel });
    await ipvs.addService({ ...web6, persistence: { timeout: 60, prefixLength: 64 } });
    await ipvs.close();
    const printed = littleEndian ? '40000000' : '00000040';
    expect(await readText(kernel, '/proc/net/ip_vs')).toContain(`:0050 wlc persistent 15000 ${printed}\n`);
  });

  test('keeps clients of a network together, whatever the order of its mask', async () => {
    const kernel = new FakeKernel({ littleEndian });
    const ipvs = await Ipvs.open({ kernel });
    await ipvs.addService({ ...web, scheduler: 'rr', persistence: { timeout: 60, netmask: '255.255.255.0' } });
    for (const port of [7, 8]) await ipvs.addDestination(web, { ...server, port });
    await ipvs.close();
    const portFor = (address: string) =>
      kernel.schedule({ protocol: 'tcp', source: { address, port: 40000 }, virtual: web })?.destination.port;
    const [first, neighbour, stranger] = ['198.51.100.1', '198.51.100.2', '203.0.113.1'].map(portFor);
    expect(neighbour).toBe(first);
    expect(stranger).not.toBe(first);
  });
});

describe('a recording of unknown byte order', () => {
  test.each(['', '@ read /proc/net/ip_vs\n| "x"', '> 14000000', `> ${'00000000'.repeat(4)}`])('%j', (text) => {
    expect(parseRecording(text).littleEndian).toBeUndefined();
  });

  test('is that of this machine', async () => {
    expect((await replay('').openNetlink('generic')).littleEndian).toBe(hostIsLittleEndian);
  });

  test('is found from a later request if both are possible for the first', () => {
    const [size, length] = [65536 + 16, 256];
    const first = Buffer.alloc(size);
    first.writeUInt32BE(length); // 256 in one order, 65536 in the other, of a datagram that has room for both
    const second = '00000010 00010000 00000000 00000000';
    expect(parseRecording(`> ${first.toString('hex')}\n> ${second}`).littleEndian).toBe(false);
  });
});
