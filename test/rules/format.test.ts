import { describe, expect, test } from 'vitest';
import {
  type Destination,
  type DestinationSpec,
  InputError,
  type Service,
  type ServiceSpec,
  type TableEntry,
} from '../../src/ipvs/index.ts';
import { type FormatOptions, formatRules, type ReverseResolver } from '../../src/rules/index.ts';
import { expectedDestination, expectedService } from '../support/ipvs/arbitrary.ts';
import { savedLines } from '../support/ipvsadm/ipvsadm.ts';
import { rulesFor } from '../support/ipvsadm/rules.ts';

const web: ServiceSpec = { protocol: 'tcp', address: '192.0.2.10', port: 80 };
const server: DestinationSpec = { address: '192.0.2.20', port: 80 };

function entry(service: object, ...destinations: object[]): TableEntry {
  return {
    service: expectedService({ ...web, ...service } as ServiceSpec),
    destinations: destinations.map((each) => expectedDestination({ ...server, ...each } as DestinationSpec)),
  };
}

const lines = (table: TableEntry[], options?: FormatOptions) => formatRules(table, options).split('\n').slice(0, -1);

describe('rules', () => {
  test('are those that ipvsadm saves of a table with everything', () => {
    const rules = rulesFor('6.12');
    const table = rules.map(({ service, destinations }) => ({
      service: expectedService(service),
      destinations: destinations.map(({ destination }) => expectedDestination(destination)),
    }));
    expect(lines(table).sort()).toEqual(savedLines(rules));
  });

  test('of nothing are none', () => {
    expect(formatRules([])).toBe('');
  });

  test('without losses have thresholds, dormant persistence, forgotten flags, timeouts and daemons as well', () => {
    const table = [
      entry({ scheduler: 'mh', flags: { 'mh-port': true, 'flag-3': true } }, { upperThreshold: 10, lowerThreshold: 2 }),
      entry({ port: 81, dormantPersistence: { timeout: 0, netmask: '255.255.0.0', engine: 'sip' } }),
      entry({ address: '2001:db8::1', dormantPersistence: { timeout: 0, prefixLength: 64 } }),
    ];
    expect(lines(table)).toEqual([
      '-A -t 192.0.2.10:80 -s mh -b mh-port',
      '-a -t 192.0.2.10:80 -r 192.0.2.20:80 -m -w 1',
      '-A -t 192.0.2.10:81 -s wlc --pe sip',
      '-A -t [2001:db8::1]:80 -s wlc',
    ]);
    const daemon = { interface: 'd0', syncId: 3, maxLength: 1472, group: '224.0.0.81', port: 8848, ttl: 1 };
    const options: FormatOptions = {
      timeouts: { tcp: 900, tcpFin: 120, udp: 300 },
      daemons: [{ state: 'master', ...daemon }],
    };
    expect(lines(table, options)).toEqual(lines(table));
    expect(lines(table, { ...options, lossless: true })).toEqual([
      '--set 900 120 300',
      '--start-daemon master --mcast-interface d0 --syncid 3 --sync-maxlen 1472 --mcast-group 224.0.0.81 ' +
        '--mcast-port 8848 --mcast-ttl 1',
      '-A -t 192.0.2.10:80 -s mh -b mh-port,flag-3',
      '-a -t 192.0.2.10:80 -r 192.0.2.20:80 -m -w 1 -x 10 -y 2',
      '-A -t 192.0.2.10:81 -s wlc -M 255.255.0.0 --pe sip',
      '-A -t [2001:db8::1]:80 -s wlc -M 64',
    ]);
  });

  test.each<[string, Partial<Service>, Partial<Destination>]>([
    ['service.flags', { flags: { 'one-packet': true } }, {}],
    ['service.port', { port: 0 }, {}],
    ['service.persistence.timeout', { persistence: { timeout: 0 } }, {}],
    ['destination.upperThreshold', {}, { upperThreshold: 2 ** 32 - 1 }],
    ['destination.lowerThreshold', {}, { lowerThreshold: 1 }],
    ['destination.forwarding.port', {}, { forwarding: { tunnel: 'ipip', port: 1 } as never }],
  ])('without losses refuse what could not be read back, such as %s', (path, service, destination) => {
    const table = [entry(service, destination)];
    expect(() => formatRules(table)).not.toThrow();
    expect(() => formatRules(table, { lossless: true })).toThrow(expect.objectContaining({ name: 'InputError', path }));
  });

  test('have no option without an operand, and firewall marks as they are', () => {
    const table = [entry({ scheduler: 'sh', flags: { 'flag-3': true } })];
    const marked = { service: expectedService({ fwmark: 0xffffffff, family: 'inet6' }), destinations: [] };
    expect(lines([...table, marked])).toEqual(['-A -t 192.0.2.10:80 -s sh', '-A -f 4294967295 -6 -s wlc']);
  });

  test('have names where they are given, and never cut them', () => {
    const host = `${'a'.repeat(70)}.example`;
    const names: ReverseResolver = {
      host: (address) => (address.endsWith('20') ? undefined : host),
      service: (port, protocol) => (port === 80 && protocol === 'tcp' ? 'http' : undefined),
    };
    const marked = { service: expectedService({ fwmark: 5 }), destinations: [expectedDestination(server)] };
    expect(lines([entry({}, {}), entry({ address: '::1', port: 81 }), marked], { names })).toEqual([
      `-A -t ${host}:http -s wlc`,
      `-a -t ${host}:http -r 192.0.2.20:http -m -w 1`,
      '-A -t [::1]:81 -s wlc',
      '-A -f 5 -s wlc',
      '-a -f 5 -r 192.0.2.20:80 -m -w 1',
    ]);
  });

  test.each<[path: string, TableEntry]>([
    ['service.protocol', entry({ protocol: '#50' })],
    ['destination.forwarding', entry({}, { forwarding: 'bypass' })],
    ['destination.forwarding', entry({}, { forwarding: '#5' })],
    ['destination.forwarding.tunnel', entry({}, { forwarding: { tunnel: '#3' } })],
    ['destination.forwarding.checksum', entry({}, { forwarding: { tunnel: 'gue', port: 1, checksum: '#3' } })],
  ])('cannot say %s', (path, table) => {
    expect(() => formatRules([table])).toThrow(expect.objectContaining({ path, code: 'ERR_INPUT' }));
  });

  test.each<[path: string, TableEntry]>([
    ['service.flags', entry({ flags: { '#64': true } })],
    ['service.dormantPersistence.timeout', entry({ dormantPersistence: { timeout: 5 } })],
    ['destination.forwarding', entry({}, { forwarding: 'local' })],
    ['destination.port', entry({}, { forwarding: 'direct-route', port: 8080 })],
    ['destination.forwarding.port', entry({}, { forwarding: { tunnel: 'ipip', port: 5 } })],
    ['destination.forwarding.checksum', entry({}, { forwarding: { tunnel: 'gre', checksum: 'remcsum' } })],
  ])('without losses cannot say %s', (path, table) => {
    expect(formatRules([table])).toContain('-A -t');
    expect(() => formatRules([table], { lossless: true })).toThrow(expect.objectContaining({ path }));
  });

  test('have the method of a local destination that ipvsadm has for it', () => {
    expect(lines([entry({}, { forwarding: 'local' })])).toContain('-a -t 192.0.2.10:80 -r 192.0.2.20:80 -g -w 1');
  });

  test('say whose value they cannot say', () => {
    const error = new InputError(
      "of 192.0.2.20:80 cannot be expressed in ipvsadm's syntax",
      'bypass',
      'destination.forwarding',
    );
    expect(() => formatRules([entry({}, { forwarding: 'bypass' })])).toThrow(error.message);
  });
});

describe('a name that cannot be read back is not written', () => {
  const rule = (host: string, service: string) =>
    formatRules([entry({})], { names: { host: () => host, service: () => service } });

  test.each(['web example', '$(reboot)', '\u001b[2J', 'web\n-C', '', '10', '0x7f.1', 'wéb', '[::1]'])(
    'host %j',
    (host) => {
      expect(rule(host, 'http')).toBe('-A -t 192.0.2.10:http -s wlc\n');
    },
  );

  test.each(['ht tp', '80', '+81', '\u001b[2J', '', 'http:'])('service %j', (service) => {
    expect(rule('web.example', service)).toBe('-A -t web.example:80 -s wlc\n');
  });
});
