import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyChange, InputError, Ipvs, type ServiceSpec } from '../../src/ipvs/index.ts';
import { formatRules, parseRules, RulesError } from '../../src/rules/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { plain, sorted } from '../contract/expected.ts';
import {
  arbitraryDestinations,
  arbitraryService,
  expectedDestination,
  expectedService,
} from '../support/ipvs/arbitrary.ts';
import { restoreText } from '../support/ipvsadm/ipvsadm.ts';
import { rulesFor } from '../support/ipvsadm/rules.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const setup = { scheduler: 'wlc', flags: {} };
const mark = { fwmark: 7, family: 'inet' } as const;
const server = { address: '192.0.2.20', port: 8080, weight: 1 };

/** The first change in a text. */
function parsed(text: string) {
  const [rule] = parseRules(text);
  if (!rule) throw new Error(`nothing was read of ${text}`);
  const { line, ...change } = rule;
  expect(line).toBe(1);
  return change;
}

function at(port: number) {
  return { address: server.address, port };
}

describe('a line is read', () => {
  const added: [how: string, line: string, service: ServiceSpec][] = [
    ['with short options', '-A -t 192.0.2.10:80 -s rr', { ...web, ...setup, scheduler: 'rr' }],
    ['with long options', '--add-service --tcp-service 192.0.2.10:80', { ...web, ...setup }],
    ['with long options and =', '--add-service --tcp-service=192.0.2.10:80', { ...web, ...setup }],
    ['with what belongs together in one word', '-At192.0.2.10:80 -srr', { ...web, ...setup, scheduler: 'rr' }],
    ['with = after a letter', '-A -t=192.0.2.10:80', { ...web, ...setup }],
    ['with the program before it', 'ipvsadm -A -t 192.0.2.10:80', { ...web, ...setup }],
    ['with tabs and blanks around it', ' \t-A\t-t  192.0.2.10:80\t ', { ...web, ...setup }],
    ['with a byte order mark before it', '\uFEFF-A -t 192.0.2.10:80', { ...web, ...setup }],
    ['with a comment after it', '-A -t 192.0.2.10:80 # -s rr', { ...web, ...setup }],
    ['with its options in another order', '-A -s rr -t 192.0.2.10:80', { ...web, ...setup, scheduler: 'rr' }],
    ['with UDP', '-A -u 192.0.2.10:80 -o', { ...web, ...setup, protocol: 'udp', flags: { 'one-packet': true } }],
    ['with SCTP', '-A --sctp-service 192.0.2.10:80', { ...web, ...setup, protocol: 'sctp' }],
    ['with IPv6 in brackets', '-A -t [2001:db8::1]:80', { ...web, ...setup, address: '2001:db8::1' }],
    ['with IPv6 alone', '-A -t 2001:db8::1 -p', { ...web, ...setup, address: '2001:db8::1', port: 0, persistence: {} }],
    ['with IPv4 alone', '-A -t 192.0.2.10 -p', { ...web, ...setup, port: 0, persistence: {} }],
    ['with fewer numbers', '-A -t 10.1:80', { ...web, ...setup, address: '10.0.0.1' }],
    ['with a hexadecimal number', '-A -t 0xC0.0.520:80', { ...web, ...setup, address: '192.0.2.8' }],
    ['with octal numbers', '-A -t 010.0.0.01:80', { ...web, ...setup, address: '8.0.0.1' }],
    ['with a firewall mark', '-A -f 7', { ...mark, ...setup }],
    ['with the largest firewall mark', '-A -f 4294967295', { ...mark, ...setup, fwmark: 4294967295 }],
    ['with a firewall mark of IPv6', '-A -f 7 -6', { ...mark, ...setup, family: 'inet6' }],
    ['with persistence', '-A -f 7 -p', { ...mark, ...setup, persistence: {} }],
    ['with a timeout', '-A -f 7 -p 60', { ...mark, ...setup, persistence: { timeout: 60 } }],
    ['with a timeout in one word', '-A -f 7 -p60', { ...mark, ...setup, persistence: { timeout: 60 } }],
    ['with a long timeout', '-A -f 7 -p 4294967', { ...mark, ...setup, persistence: { timeout: 4294967 } }],
    ['with a mask', '-A -f 7 -p -M 255.255.0.0', { ...mark, ...setup, persistence: { netmask: '255.255.0.0' } }],
    ['with a prefix', '-A -f 7 -6 -p -M 64', { ...mark, ...setup, family: 'inet6', persistence: { prefixLength: 64 } }],
    [
      'with a prefix before the family',
      '-A -M 64 -p -t [2001:db8::1]:80',
      { ...web, ...setup, address: '2001:db8::1', persistence: { prefixLength: 64 } },
    ],
    ['with an engine', '-A -f 7 -p --pe sip', { ...mark, ...setup, persistence: { engine: 'sip' } }],
    [
      'with a mask and an engine without -p',
      '-A -f 7 -M 255.0.0.0 --pe sip',
      { ...mark, ...setup, dormantPersistence: { netmask: '255.0.0.0', engine: 'sip' } },
    ],
    ['with flags', '-A -f 7 -b flag-1,,flag-3,', { ...mark, ...setup, flags: { 'flag-1': true, 'flag-3': true } }],
    [
      'with flags of its scheduler',
      '-A -f 7 -b mh-port -s mh',
      { ...mark, scheduler: 'mh', flags: { 'mh-port': true } },
    ],
  ];
  test.each(added)('%s', (_, line, service) => {
    expect(parsed(line)).toEqual({ type: 'addService', service });
  });

  const direct = { forwarding: 'direct-route' } as const;
  const servers: [how: string, line: string, destination: object][] = [
    ['forwards directly and to the port of the service', '', { ...server, ...direct, port: 80 }],
    ['forwards directly where it says so', '-g', { ...server, ...direct, port: 80 }],
    ['masquerades to its own port', '-m', { ...server, forwarding: 'masquerade' }],
    ['takes a tunnel', '-i', { ...server, port: 80, forwarding: { tunnel: 'ipip' } }],
    ['takes a tunnel by name', '-i --tun-type ipip', { ...server, port: 80, forwarding: { tunnel: 'ipip' } }],
    [
      'takes a GUE tunnel',
      '-i --tun-type gue --tun-port 6080 --tun-remcsum',
      { ...server, port: 80, forwarding: { tunnel: 'gue', port: 6080, checksum: 'remcsum' } },
    ],
    [
      'takes a GRE tunnel',
      '-i --tun-type gre --tun-csum',
      { ...server, port: 80, forwarding: { tunnel: 'gre', checksum: 'csum' } },
    ],
    [
      'has a weight and thresholds',
      '-m -w +9 -x 010 --l-threshold 2',
      { ...server, forwarding: 'masquerade', weight: 9, upperThreshold: 10, lowerThreshold: 2 },
    ],
  ];
  test.each(servers)('that adds a server, which %s', (_, options, destination) => {
    const line = `-a -t 192.0.2.10:80 -r 192.0.2.20:8080 ${options}`;
    expect(parsed(line)).toEqual({ type: 'addDestination', service: web, destination });
  });

  const others: [line: string, change: object][] = [
    ['-E -f 7 -s sh', { type: 'updateService', service: { ...mark, scheduler: 'sh', flags: {} } }],
    ['-D -f 7', { type: 'removeService', service: mark }],
    ['-C', { type: 'flush' }],
    ['--clear', { type: 'flush' }],
    [
      '-a -r 192.0.2.20 -t 192.0.2.10:80 -m',
      { type: 'addDestination', service: web, destination: { ...server, port: 80, forwarding: 'masquerade' } },
    ],
    ['-e -f 7 -r 192.0.2.20:8080', { type: 'updateDestination', service: mark, destination: { ...server, ...direct } }],
    ['-d -t 192.0.2.10:80 -r 192.0.2.20:8080', { type: 'removeDestination', service: web, destination: at(8080) }],
    ['-d -t 192.0.2.10:80 -r 192.0.2.20', { type: 'removeDestination', service: web, destination: at(80) }],
    ['-d -f 7 -r 192.0.2.20', { type: 'removeDestination', service: mark, destination: at(0) }],
    ['-Z', { type: 'zero', service: undefined }],
    ['-Z -f 7', { type: 'zero', service: mark }],
    ['--set 900 120 300', { type: 'setTimeouts', timeouts: { tcp: 900, tcpFin: 120, udp: 300 } }],
    ['--set 900 120 300 # seconds', { type: 'setTimeouts', timeouts: { tcp: 900, tcpFin: 120, udp: 300 } }],
    ['--set 0 120 0', { type: 'setTimeouts', timeouts: { tcpFin: 120 } }],
    ['--set 0 0 0', { type: 'setTimeouts', timeouts: {} }],
    ['--set -- 1 2 3', { type: 'setTimeouts', timeouts: { tcp: 1, tcpFin: 2, udp: 3 } }],
    ['--start-daemon master', { type: 'startDaemon', daemon: { state: 'master', interface: 'eth0' } }],
    [
      '--start-daemon=backup --mcast-interface d0 --syncid 9 --sync-maxlen 1300 --mcast-group ff02::9 --mcast-port 1 --mcast-ttl 3',
      {
        type: 'startDaemon',
        daemon: { state: 'backup', interface: 'd0', syncId: 9, maxLength: 1300, group: 'ff02::9', port: 1, ttl: 3 },
      },
    ],
    ['--stop-daemon backup --syncid 9', { type: 'stopDaemon', state: 'backup' }],
  ];
  test.each(others)('%s', (line, change) => {
    expect(parsed(line)).toEqual(change);
  });
});

describe('a file is read', () => {
  test('line by line, with empty lines and comments', () => {
    const text = '# everything anew\n\n-C\n  # and one service\n-A -f 7 # mark\nipvsadm # nothing\n\t\n-Z';
    expect(parseRules(text).map(({ type, line }) => [line, type])).toEqual([
      [3, 'flush'],
      [5, 'addService'],
      [8, 'zero'],
    ]);
  });

  test('of nothing', () => {
    expect(parseRules('')).toEqual([]);
    expect(parseRules('\n\n')).toEqual([]);
  });

  test('and an error says where', () => {
    const error = errorOf('-C\n-A -t 192.0.2.10:80\nipvsadm -a -t 192.0.2.10:80 -r 192.0.2.20 --weight=many # busy');
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({
      name: 'RulesError',
      code: 'ERR_RULES',
      line: 3,
      column: 52,
      option: '--weight',
      path: 'destination.weight',
      value: 'many',
      rule: 'must be an integer from 0 to 2147483647',
      message: "line 3, column 52: --weight: weight must be an integer from 0 to 2147483647, got 'many'",
    });
  });

  test('with 10 MB in one line, and the error is short', () => {
    for (const line of [
      `-A -t ${'x'.repeat(1e7)}`,
      `-A -f 7 ${'- '.repeat(5e6)}`,
      `-${'A'.repeat(1e7)}`,
      '1 '.repeat(5e6),
    ])
      expect(errorOf(line).message.length).toBeLessThan(300);
  });

  test('whatever it is, or there is an error of one line', () => {
    const words =
      '-A -E -D -C -a -e -d -Z -t -u -f 7 -6 192.0.2.1:80 [2001:db8::1]:80 -p -M -r -m -i -g -w 1 -x --set'.split(' ');
    const word = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...words) }, fc.string({ unit: 'binary' }));
    const line = fc.array(word, { maxLength: 8 }).map((each) => each.join(' '));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 3 }), (lines) => {
        const error = errorIn(lines.join('\n'));
        if (error) expect(error.message).toMatch(/^line \d+, column \d+: [^\n\r]+$/);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('names', () => {
  const names = {
    address: (host: string) => (host === 'web.example' ? '192.0.2.10' : undefined),
    port: (service: string, protocol: string) => (`${service}/${protocol}` === 'sip/udp' ? 5060 : undefined),
  };

  test('are refused without somebody who knows them', () => {
    expect(errorOf('-A -t web.example:80').message).toContain('address must be an IPv4 or IPv6 address');
    expect(errorOf('-A -t 192.0.2.10:http').message).toContain('port must be an integer from 0 to 65535');
  });

  test('become addresses and ports', () => {
    const [rule] = parseRules('-a -u web.example:sip -r [2001:db8::1]:sip -i', { names });
    expect(rule).toMatchObject({
      service: { protocol: 'udp', address: '192.0.2.10', port: 5060 },
      destination: { address: '2001:db8::1', port: 5060 },
    });
  });

  test.each([
    ['-A -u nobody.example:sip', "-u: address must be an address, or a name that has one, got 'nobody.example'"],
    [
      '-A -u 192.0.2.1:nothing',
      "-u: port must be 0 to 65535, or the name of a udp service in /etc/services, got 'nothing'",
    ],
    ['-A -t 192.0.2.1:sip', "-t: port must be 0 to 65535, or the name of a tcp service in /etc/services, got 'sip'"],
    ['-A -u \u0000:sip', "-u: address must be an address, or a name that has one, got '\\x00'"],
  ])('that nobody knows are refused: %j', (line, message) => {
    expect(errorOf(line, { names }).problem).toBe(message);
  });
});

describe('what was read can be carried out', () => {
  test('every feature', async () => {
    const rules = rulesFor('6.12');
    const ipvs = await carriedOut(restoreText(rules));
    expect(sorted(await ipvs.services())).toEqual(sorted(rules.map(({ service }) => expectedService(service))));
    for (const { service, destinations } of rules)
      expect(await ipvs.destinations(service)).toEqual(
        destinations.map(({ destination }) => expectedDestination(destination)).reverse(),
      );
    await ipvs.close();
  });

  test('random tables, as formatRules writes them', async () => {
    const entry = arbitraryService('6.12').chain((service) =>
      fc.tuple(fc.constant(service), arbitraryDestinations(service)),
    );
    await fc.assert(
      fc.asyncProperty(entry, async ([service, destinations]) => {
        // A server that is not masqueraded has no port of its own.
        const kept = destinations.map((each) => {
          const { port } = 'fwmark' in service || each.forwarding === 'masquerade' ? each : service;
          return expectedDestination({ ...each, port });
        });
        const text = formatRules([{ service: expectedService(service), destinations: kept }], { lossless: true });
        const ipvs = await carriedOut(text);
        expect(await ipvs.services()).toEqual([expectedService(service)]);
        expect(sortedByAddress(await ipvs.destinations(service))).toEqual(sortedByAddress(kept));
        await ipvs.close();
      }),
      { numRuns: 200 },
    );
  });

  test('a mask without persistence is stored', async () => {
    const ipvs = await carriedOut('-A -t 192.0.2.10:80 -M 255.255.0.0');
    const dormantPersistence = { timeout: 0, netmask: '255.255.0.0' };
    expect(await ipvs.services()).toEqual([{ ...web, ...plain, dormantPersistence }]);
    await ipvs.close();
  });
});

async function carriedOut(text: string): Promise<Ipvs> {
  const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
  await Promise.all(parseRules(text).map((rule) => applyChange(ipvs, rule)));
  return ipvs;
}

function sortedByAddress<T extends { address: string }>(destinations: readonly T[]): T[] {
  return [...destinations].sort((a, b) => (a.address < b.address ? -1 : 1));
}

function errorIn(text: string, options = {}): RulesError | undefined {
  try {
    parseRules(text, options);
  } catch (error) {
    if (error instanceof RulesError) return error;
    throw error;
  }
  return undefined;
}

function errorOf(text: string, options = {}): RulesError {
  const error = errorIn(text, options);
  if (!error) throw new Error(`nothing was wrong with ${text.slice(0, 80)}`);
  return error;
}
