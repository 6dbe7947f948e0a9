import { describe, expect, test } from 'vitest';
import { type DestinationSpec, InputError, Ipvs, type ServiceSpec } from '../../../src/ipvs/index.ts';
import { replay } from '../../../src/netlink/index.ts';
import { readFixture } from '../../support/fixtures.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const server = { address: '192.0.2.20', port: 80 };

/** An IPVS that answers nothing but the lookup of its family: whatever is sent is a failure of another kind. */
function open(): Promise<Ipvs> {
  const [lookup = ''] = readFixture('6.12', 'an empty table lists nothing').split('\n\n').slice(1);
  return Ipvs.open({ kernel: replay(lookup) });
}

// What JavaScript may pass, whatever the types say.
type Wrong = Record<string, unknown>;

const services: [what: string, spec: Wrong, message: string][] = [
  ['no object', null as never, 'service must be an object, got null'],
  [
    'a name for an address',
    { ...web, address: 'example.com' },
    "service.address must be an IPv4 or IPv6 address without a zone, got 'example.com'",
  ],
  [
    'a zone',
    { ...web, address: 'fe80::1%eth0' },
    "service.address must be an IPv4 or IPv6 address without a zone, got 'fe80::1%eth0'",
  ],
  [
    'a missing address',
    { protocol: 'tcp', port: 80 },
    'service.address must be an IPv4 or IPv6 address without a zone, got undefined',
  ],
  ['port 70000', { ...web, port: 70000 }, 'service.port must be an integer from 0 to 65535, got 70000'],
  ['a port in text', { ...web, port: '80' }, "service.port must be an integer from 0 to 65535, got '80'"],
  ['half a port', { ...web, port: 80.5 }, 'service.port must be an integer from 0 to 65535, got 80.5'],
  [
    'port 0 without persistence',
    { ...web, port: 0 },
    'service.port must be 1 to 65535; only a persistent service may have port 0, all ports, got 0',
  ],
  [
    'a protocol in capitals',
    { ...web, protocol: 'TCP' },
    "service.protocol must be 'tcp', 'udp', 'sctp', or '#' and a number up to 65535, got 'TCP'",
  ],
  [
    'a protocol without a module',
    { ...web, protocol: '#50' },
    "service.protocol must be 'tcp', 'udp' or 'sctp', got '#50'",
  ],
  ['firewall mark 0', { fwmark: 0 }, 'service.fwmark must be an integer from 1 to 4294967295, got 0'],
  [
    'a firewall mark of 33 bits',
    { fwmark: 2 ** 32 },
    'service.fwmark must be an integer from 1 to 4294967295, got 4294967296',
  ],
  ['a family by another name', { fwmark: 1, family: 'ipv6' }, "service.family must be 'inet' or 'inet6', got 'ipv6'"],
  ['a mark and an address', { ...web, fwmark: 1 }, "service.address cannot be combined with fwmark, got '192.0.2.10'"],
  [
    'a mark and a protocol',
    { protocol: 'tcp', fwmark: 1 },
    "service.protocol cannot be combined with fwmark, got 'tcp'",
  ],
  ['a mark and a port', { port: 0, fwmark: 1 }, 'service.port cannot be combined with fwmark, got 0'],
  [
    'an address and a family',
    { ...web, family: 'inet' },
    "service.family is for firewall marks; an address has a family of its own, got 'inet'",
  ],
  [
    'an empty scheduler',
    { ...web, scheduler: '' },
    "service.scheduler must be a name of 1 to 15 printable ASCII characters without spaces or slashes, got ''",
  ],
  [
    'a long scheduler',
    { ...web, scheduler: 'x'.repeat(16) },
    "service.scheduler must be a name of 1 to 15 printable ASCII characters without spaces or slashes, got 'xxxxxxxxxxxxxxxx'",
  ],
  [
    'an unknown flag',
    { ...web, flags: { ops: true } },
    "service.flags may only have one-packet, flag-1, flag-2, flag-3, sh-fallback, sh-port, mh-fallback, mh-port, or '#' and a number of other bits, got 'ops'",
  ],
  [
    'a misspelt flag',
    { ...web, scheduler: 'sh', flags: { 'sh-prot': true } },
    "service.flags has no such flag (did you mean sh-port?), got 'sh-prot'",
  ],
  ...['constructor', 'toString', '__proto__', 'hasOwnProperty'].map((name): [string, Wrong, string] => [
    `a flag that every object has: ${name}`,
    { ...web, flags: Object.fromEntries([[name, true]]) },
    `service.flags may only have one-packet, flag-1, flag-2, flag-3, sh-fallback, sh-port, mh-fallback, mh-port, or '#' and a number of other bits, got '${name}'`,
  ]),
  [
    'a flag that every function has',
    { ...web, scheduler: 'constructor', flags: { length: true } },
    "service.flags may only have one-packet, flag-1, flag-2, flag-3, sh-fallback, sh-port, mh-fallback, mh-port, or '#' and a number of other bits, got 'length'",
  ],
  [
    'a flag of another scheduler than every object has',
    { ...web, scheduler: '__proto__', flags: { 'mh-port': true } },
    "service.flags may only have mh-port with scheduler mh, got '__proto__'",
  ],
  [
    'a protocol that every object has',
    { ...web, protocol: 'constructor' },
    "service.protocol must be 'tcp', 'udp', 'sctp', or '#' and a number up to 65535, got 'constructor'",
  ],
  [
    'a flag of another scheduler',
    { ...web, scheduler: 'rr', flags: { 'sh-port': true } },
    "service.flags may only have sh-port with scheduler sh, got 'rr'",
  ],
  [
    'a named bit by number',
    { ...web, flags: { '#1': true } },
    "service.flags may only have one-packet, flag-1, flag-2, flag-3, sh-fallback, sh-port, mh-fallback, mh-port, or '#' and a number of other bits, got '#1'",
  ],
  [
    'a flag that is neither',
    { ...web, flags: { 'one-packet': 1 } },
    'service.flags.one-packet must be true or false, got 1',
  ],
  [
    'one-packet with TCP',
    { ...web, flags: { 'one-packet': true } },
    "service.flags may only have one-packet with protocol udp or a firewall mark, got 'tcp'",
  ],
  [
    'a persistence that wraps',
    { ...web, persistence: { timeout: 4294968 } },
    'service.persistence.timeout must be an integer from 1 to 4294967 (seconds), got 4294968',
  ],
  [
    'a mask that is none',
    { ...web, persistence: { netmask: '255.0.255' } },
    "service.persistence.netmask must be an IPv4 mask, got '255.0.255'",
  ],
  [
    'a prefix for IPv4',
    { ...web, persistence: { prefixLength: 24 } },
    'service.persistence.prefixLength is for IPv6; an IPv4 service has a netmask, got 24',
  ],
  [
    'a mask for IPv6',
    { ...web, address: '::1', persistence: { netmask: '255.0.0.0' } },
    "service.persistence.netmask is for IPv4; an IPv6 service has a prefixLength, got '255.0.0.0'",
  ],
  [
    'prefix 0',
    { ...web, address: '::1', persistence: { prefixLength: 0 } },
    'service.persistence.prefixLength must be an integer from 1 to 128, got 0',
  ],
  [
    'persistence both on and off',
    { ...web, persistence: {}, dormantPersistence: {} },
    'service.dormantPersistence cannot be combined with persistence, got {}',
  ],
  [
    'a dormant persistence that wraps',
    { ...web, dormantPersistence: { timeout: 4294968 } },
    'service.dormantPersistence.timeout must be an integer from 0 to 4294967 (seconds), got 4294968',
  ],
  [
    'an engine with a slash',
    { ...web, persistence: { engine: 'a/b' } },
    "service.persistence.engine must be a name of 1 to 15 printable ASCII characters without spaces or slashes, got 'a/b'",
  ],
];

const destinations: [what: string, spec: Wrong, message: string][] = [
  ['no object', 7 as never, 'destination must be an object, got 7'],
  [
    'an address with a port',
    { ...server, address: '192.0.2.1:80' },
    "destination.address must be an IPv4 or IPv6 address without a zone, got '192.0.2.1:80'",
  ],
  ...['0.0.0.0', '224.0.0.1', '239.255.255.255', '255.255.255.255'].map((address): [string, Wrong, string] => [
    `the address ${address}`,
    { ...server, address },
    `destination.address must be a unicast address, got '${address}'`,
  ]),
  ...['::', '0:0:0:0:0:0:0:0', 'ff02::1', 'FF00::'].map((address): [string, Wrong, string] => [
    `the address ${address}`,
    { ...server, address, forwarding: { tunnel: 'ipip' } },
    `destination.address must be a unicast address, got '${address}'`,
  ]),
  ['a negative port', { ...server, port: -1 }, 'destination.port must be an integer from 0 to 65535, got -1'],
  [
    'a weight of 32 bits',
    { ...server, weight: 2 ** 31 },
    'destination.weight must be an integer from 0 to 2147483647, got 2147483648',
  ],
  [
    'a negative weight',
    { ...server, weight: -1 },
    'destination.weight must be an integer from 0 to 2147483647, got -1',
  ],
  [
    'thresholds upside down',
    { ...server, upperThreshold: 1, lowerThreshold: 2 },
    'destination.lowerThreshold must be at most the upper threshold, 1, got 2',
  ],
  [
    'a lower threshold alone',
    { ...server, lowerThreshold: 2 },
    'destination.lowerThreshold must be at most the upper threshold, 0, got 2',
  ],
  [
    'an upper threshold of 32 bits',
    { ...server, upperThreshold: 2 ** 31 },
    'destination.upperThreshold must be an integer from 0 to 2147483647, got 2147483648',
  ],
  [
    'another family without a tunnel',
    { ...server, address: '::1' },
    "destination.address must be of the service's family, inet, unless forwarded through a tunnel, got '::1'",
  ],
  [
    'a forwarding by another name',
    { ...server, forwarding: 'nat' },
    "destination.forwarding must be 'masquerade', 'local', 'direct-route', 'bypass', a tunnel such as { tunnel: 'ipip' }, or '#' and a number up to 7, got 'nat'",
  ],
  [
    'a forwarding that every object has',
    { ...server, forwarding: 'toString' },
    "destination.forwarding must be 'masquerade', 'local', 'direct-route', 'bypass', a tunnel such as { tunnel: 'ipip' }, or '#' and a number up to 7, got 'toString'",
  ],
  [
    'a tunnel by name alone',
    { ...server, forwarding: 'tunnel' },
    "destination.forwarding must be 'masquerade', 'local', 'direct-route', 'bypass', a tunnel such as { tunnel: 'ipip' }, or '#' and a number up to 7, got 'tunnel'",
  ],
  [
    'GUE without a port',
    { ...server, forwarding: { tunnel: 'gue' } },
    'destination.forwarding.port must be an integer from 1 to 65535, got undefined',
  ],
  [
    'GRE with a port',
    { ...server, forwarding: { tunnel: 'gre', port: 1 } },
    'destination.forwarding.port is for gue; gre has none, got 1',
  ],
  [
    'GRE with port 0',
    { ...server, forwarding: { tunnel: 'gre', port: 0 } },
    'destination.forwarding.port is for gue; gre has none, got 0',
  ],
  [
    'IPIP with a port',
    { ...server, forwarding: { tunnel: 'ipip', port: 6080 } },
    'destination.forwarding.port is for gue; ipip has none, got 6080',
  ],
  [
    'GRE with a remote checksum',
    { ...server, forwarding: { tunnel: 'gre', checksum: 'remcsum' } },
    "destination.forwarding.checksum must be 'nocsum' or 'csum' with gre, got 'remcsum'",
  ],
  [
    'IPIP with a checksum',
    { ...server, forwarding: { tunnel: 'ipip', checksum: 'csum' } },
    "destination.forwarding.checksum is for gue and gre; ipip has none, got 'csum'",
  ],
  [
    'IPIP with no checksum said aloud',
    { ...server, forwarding: { tunnel: 'ipip', checksum: 'nocsum' } },
    "destination.forwarding.checksum is for gue and gre; ipip has none, got 'nocsum'",
  ],
  [
    'an unknown tunnel',
    { ...server, forwarding: { tunnel: 'vxlan' } },
    "destination.forwarding.tunnel must be 'ipip', 'gue', 'gre', or '#' and a number up to 255, got 'vxlan'",
  ],
];

describe('what cannot be meant is refused before anything is sent', () => {
  test.each(services)('a service with %s', async (_, spec, message) => {
    await expectInputError(await open(), (ipvs) => ipvs.addService(spec as unknown as ServiceSpec), message);
  });

  test.each(destinations)('a destination with %s', async (_, spec, message) => {
    await expectInputError(
      await open(),
      (ipvs) => ipvs.addDestination(web, spec as unknown as DestinationSpec),
      message,
    );
  });

  test.each<[what: string, call: (ipvs: Ipvs) => Promise<unknown>, message: string]>([
    [
      'timeout 0',
      (ipvs) => ipvs.setTimeouts({ tcp: 0 }),
      'timeouts.tcp must be an integer from 1 to 21474836 (seconds), got 0',
    ],
    ['no timeout', (ipvs) => ipvs.setTimeouts({}), 'timeouts must name one of tcp, tcpFin, udp, got {}'],
    [
      'an unknown timeout',
      (ipvs) => ipvs.setTimeouts({ sctp: 1 } as never),
      'timeouts.sctp is unknown (known are tcp, tcpFin, udp), got 1',
    ],
    [
      'a daemon in no state',
      (ipvs) => ipvs.stopDaemon('both' as never),
      "daemon.state must be 'master' or 'backup', got 'both'",
    ],
    [
      'a daemon without an interface',
      (ipvs) => ipvs.startDaemon({ state: 'master' } as never),
      'daemon.interface must be a name of 1 to 15 printable ASCII characters without spaces or slashes, got undefined',
    ],
    [
      'a sync id of 9 bits',
      (ipvs) => ipvs.startDaemon({ state: 'master', interface: 'lo', syncId: 256 }),
      'daemon.syncId must be an integer from 0 to 255, got 256',
    ],
    [
      'a group that is none',
      (ipvs) => ipvs.startDaemon({ state: 'master', interface: 'lo', group: '192.0.2.1' }),
      "daemon.group must be a multicast address, 224.0.0.0/4 or ff00::/8, got '192.0.2.1'",
    ],
    [
      'a message that fits no packet',
      (ipvs) => ipvs.startDaemon({ state: 'master', interface: 'lo', group: 'ff02::1', maxLength: 65488 }),
      'daemon.maxLength must be an integer from 1 to 65487 (bytes), got 65488',
    ],
    [
      'a namespace for a given kernel',
      () => Ipvs.open({ netns: 'x', kernel: replay('') } as never),
      "netns cannot be combined with kernel, got 'x'",
    ],
    [
      'a namespace without a name',
      () => Ipvs.open({ netns: '' }),
      "netns must be the name or the path of a network namespace, got ''",
    ],
  ])('%s', async (_, call, message) => {
    await expectInputError(await open(), call, message);
  });
});

async function expectInputError(ipvs: Ipvs, call: (ipvs: Ipvs) => Promise<unknown>, message: string): Promise<void> {
  const error = await call(ipvs).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  expect(error).toMatchObject({ code: 'ERR_INPUT', message });
}
