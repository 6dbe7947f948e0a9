import { describe, expect, test } from 'vitest';
import { decodeDestinationReply, decodeServiceReply } from '../../src/ipvs/client/decode-reply.ts';
import { Ipvs, type Statistics, type TableEntry, WireError } from '../../src/ipvs/index.ts';
import { command, daemon, destination, service } from '../../src/ipvs/wire/tables.ts';
import { type Infer, WriteBuffer } from '../../src/netlink/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { noTraffic } from '../contract/expected.ts';
import { kernelOf } from '../support/netlink/kernel-of.ts';
import { withoutAttributes } from '../support/netlink/without-attributes.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const web6 = { protocol: 'tcp', address: '2001:db8::10', port: 80 } as const;
const server = { address: '192.0.2.20', port: 8080 };
const server6 = { address: '2001:db8::20', port: 8080 };

const [SERVICE, DESTINATION] = [command.rows.service.number, command.rows.destination.number];
const { family, statistics, tunnelType, tunnelPort, tunnelChecksum } = destination.rows;
const tunnels = [tunnelType.number, tunnelPort.number, tunnelChecksum.number];

/** What each release did not send yet. */
const releases = {
  '5.1': { [DESTINATION]: tunnels },
  '4.0': { [SERVICE]: [service.rows.statistics.number], [DESTINATION]: [...tunnels, statistics.number] },
  '3.17': {
    [SERVICE]: [service.rows.statistics.number],
    [DESTINATION]: [...tunnels, statistics.number, family.number],
  },
};

async function open(release: keyof typeof releases): Promise<{ kernel: FakeKernel; ipvs: Ipvs }> {
  const kernel = new FakeKernel();
  const ipvs = await Ipvs.open({ kernel: kernelOf(withoutAttributes(kernel.connect(), releases[release])) });
  await Promise.all([ipvs.addService(web), ipvs.addService(web6)]);
  await Promise.all([ipvs.addDestination(web, server), ipvs.addDestination(web6, server6)]);
  return { kernel, ipvs };
}

describe.each(Object.keys(releases) as (keyof typeof releases)[])('Linux %s', (release) => {
  test('destinations of both families are read by the family of their service', async () => {
    const { ipvs } = await open(release);
    expect(await ipvs.destinations(web)).toMatchObject([server]);
    expect(await ipvs.destinations(web6)).toMatchObject([server6]);
    const table: TableEntry[] = [];
    for await (const entry of ipvs.table()) table.push(entry);
    const byService = table.map(({ service, destinations }) => [service.address, destinations[0]?.address]);
    expect(Object.fromEntries(byService)).toEqual({ [web.address]: server.address, [web6.address]: server6.address });
  });

  test('patches write the same destination back', async () => {
    const { kernel, ipvs } = await open(release);
    await ipvs.patchDestination(web, server, { weight: 7 });
    await ipvs.patchDestination(web6, server6, { upperThreshold: 9 });
    const today = await Ipvs.open({ kernel });
    expect(await today.destinations(web)).toMatchObject([{ ...server, weight: 7 }]);
    expect(await today.destinations(web6)).toMatchObject([{ ...server6, upperThreshold: 9 }]);
  });

  test('traffic is counted', async () => {
    const { kernel, ipvs } = await open(release);
    kernel.traffic(web, {
      destination: server,
      connections: 3,
      incomingPackets: 5,
      incomingBytes: 2 ** 33,
      outgoingBytes: 7,
    });
    kernel.tick(2);
    const expected = { connections: 3n, incomingPackets: 5n, incomingBytes: 2n ** 33n, outgoingBytes: 7n };
    const today = await (await Ipvs.open({ kernel })).service(web);
    const then = await ipvs.service(web);
    expect(then?.statistics).toMatchObject(expected);
    expect((await ipvs.destinations(web))[0]?.statistics).toMatchObject(expected);
    expect(then?.statistics.incomingBytesPerSecond).toBeGreaterThan(0);
    expect(then).toEqual(today);
  });
});

test('a tunnel cannot have been one before there was an attribute for its type', async () => {
  const { ipvs } = await open('5.1');
  await ipvs.updateDestination(web, { ...server, forwarding: { tunnel: 'ipip' } });
  expect(await ipvs.destinations(web)).toMatchObject([{ forwarding: { tunnel: 'ipip' } }]);
});

test('the group, the port and the hops of a sync daemon were constants before Linux 4.3', async () => {
  const { maxLength, group4, group6, port, ttl } = daemon.rows;
  const dropped = [maxLength, group4, group6, port, ttl].map(({ number }) => number);
  const transport = withoutAttributes(new FakeKernel().connect(), { [command.rows.daemon.number]: dropped });
  const ipvs = await Ipvs.open({ kernel: kernelOf(transport) });
  await ipvs.startDaemon({ state: 'backup', interface: 'd0', syncId: 3 });
  const constants = { group: '224.0.0.81', port: 8848, ttl: 1, maxLength: 0 };
  expect(await ipvs.daemons()).toEqual([{ state: 'backup', interface: 'd0', syncId: 3, ...constants }]);
});

/** The numbers of an entry, wherever they stand. */
const counted32 = {
  ...noTraffic,
  connections: 0xffffffff,
  incomingPackets: 1,
  outgoingPackets: 2,
  incomingBytes: 2n ** 40n,
  outgoingBytes: 4n,
  connectionsPerSecond: 5,
};
const counted: Statistics = {
  ...counted32,
  connections: 0xffffffffn,
  incomingPackets: 1n,
  outgoingPackets: 2n,
};
const serviceFields = {
  family: 'inet',
  protocol: 'tcp',
  address: '192.0.2.10',
  port: 80,
  scheduler: 'rr',
  flags: { flags: 2, mask: 0xffffffff },
  timeout: 0,
  netmask: '255.255.255.255',
} as const;
const destinationFields = {
  ...server,
  forwarding: 'masquerade',
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
  activeConnections: 0,
  inactiveConnections: 0,
  persistentConnections: 0,
  family: 'inet',
} as const;

/** The same fields as the tables write and read them. */
function sent(fields: Infer<typeof command>, littleEndian = true): Infer<typeof command> {
  const to = new WriteBuffer(256, littleEndian);
  command.write(to, fields, {});
  return command.read(to, 0, to.at, {});
}

describe.each([true, false])('statistics, little-endian %s', (littleEndian) => {
  const other = { ...noTraffic, connections: 0, incomingPackets: 0, outgoingPackets: 0 };

  test('are those of 64 bits where there are any', () => {
    const both = { statistics32: other, statistics: counted };
    expect(decodeServiceReply(sent({ service: { ...serviceFields, ...both } }, littleEndian)).statistics).toEqual(
      counted,
    );
    const reply = sent({ destination: { ...destinationFields, ...both } }, littleEndian);
    expect(decodeDestinationReply(reply, {}).statistics).toEqual(counted);
  });

  test('are those of 32 bits otherwise', () => {
    const reply = sent({ service: { ...serviceFields, statistics32: counted32 } }, littleEndian);
    expect(decodeServiceReply(reply).statistics).toEqual(counted);
    const listed = sent({ destination: { ...destinationFields, statistics32: counted32 } }, littleEndian);
    expect(decodeDestinationReply(listed, {}).statistics).toEqual(counted);
  });
});

describe('a reply without what every kernel sends is an error, and no zero', () => {
  const whole = { statistics: counted };

  test.each(['address', 'port', 'protocol', 'scheduler', 'flags', 'timeout', 'netmask', 'statistics'])(
    'service.%s',
    (name) => {
      const { [name]: _, ...rest } = { ...serviceFields, ...whole } as Record<string, unknown>;
      const decode = () => decodeServiceReply({ service: rest as Infer<typeof service> });
      expect(decode).toThrow(WireError);
      expect(decode).toThrow(`service.${name}: is missing`);
    },
  );

  test.each([...Object.keys(destinationFields).filter((name) => name !== 'family'), 'statistics'])(
    'destination.%s',
    (name) => {
      const { [name]: _, ...rest } = { ...destinationFields, ...whole } as Record<string, unknown>;
      const decode = () => decodeDestinationReply({ destination: rest as Infer<typeof destination> }, {});
      expect(decode).toThrow(WireError);
      expect(decode).toThrow(`destination.${name}: is missing`);
    },
  );
});
