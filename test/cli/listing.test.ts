import { describe, expect, test } from 'vitest';
import {
  daemonRows,
  formatConnections,
  formatEntry,
  formatTable,
  type ListOptions,
  timeoutsRow,
  toJson,
} from '../../src/cli/listing/index.ts';
import { formatLargeNumber } from '../../src/cli/listing/large-number.ts';
import { type DestinationSpec, parseConnections, type ServiceSpec, type TableEntry } from '../../src/ipvs/index.ts';
import { noTraffic } from '../contract/expected.ts';
import { expectedDestination, expectedService } from '../support/ipvs/arbitrary.ts';

const info = { version: '1.2.1', connectionTableSize: 4096 };
const address6 = '2001:db8:1111:2222:3333:4444:5555';

function entry(service: ServiceSpec, ...destinations: DestinationSpec[]): TableEntry {
  return { service: expectedService(service), destinations: destinations.map(expectedDestination) };
}

function tcp(port: number, options: object = {}): ServiceSpec {
  return { protocol: 'tcp', address: '192.0.2.10', port, ...options };
}

/** A table in no order, of which ipvsadm 1.31 printed on Linux 6.12 what is expected here. */
const table: TableEntry[] = [
  entry({ fwmark: 5 }),
  entry(
    tcp(84),
    { address: '192.0.2.9', port: 84, forwarding: { tunnel: 'gue', port: 65535, checksum: 'remcsum' } },
    {
      address: '192.0.2.8',
      port: 84,
      forwarding: { tunnel: 'gre', checksum: 'csum' },
      upperThreshold: 5,
      lowerThreshold: 3,
    },
    { address: '192.0.2.1', port: 84, forwarding: 'direct-route', weight: 5 },
  ),
  entry(tcp(80, { scheduler: 'rr', flags: { 'flag-1': true } })),
  entry(tcp(81, { scheduler: 'sh', flags: { 'flag-3': true } })),
  entry(tcp(82, { scheduler: 'mh', flags: { 'mh-port': true, 'flag-3': true } })),
  entry({
    protocol: 'udp',
    address: '192.0.2.11',
    port: 5060,
    scheduler: 'rr',
    persistence: { timeout: 10, engine: 'sip' },
  }),
  entry(
    { protocol: 'tcp', address: `${address6}:6666`, port: 60000 },
    { address: `${address6}:7777`, port: 60000, weight: 0x7fffffff },
  ),
];

const list = (options?: ListOptions) => formatTable(info, table, options).split('\n');

describe('the table is listed as by ipvsadm', () => {
  test('-Ln', () => {
    expect(list()).toEqual([
      'IP Virtual Server version 1.2.1 (size=4096)',
      'Prot LocalAddress:Port Scheduler Flags',
      '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn',
      'TCP  192.0.2.10:80 rr (flag-1)',
      'TCP  192.0.2.10:81 sh ()',
      'TCP  192.0.2.10:82 mh (mh-port)',
      'TCP  192.0.2.10:84 wlc',
      '  -> 192.0.2.1:84                 Route   5      0          0         ',
      '  -> 192.0.2.8:84                 Tunnel  1      0          0         ',
      '  -> 192.0.2.9:84                 Tunnel  1      0          0         ',
      'UDP  192.0.2.11:5060 rr persistent 10 pe sip',
      'TCP  [2001:db8:1111:2222:3333:4444:5555:6666]:60000 wlc',
      '  -> [2001:db8:1111:2222:3333:4444:5555:7777]:60000 Masq    2147483647 0          0         ',
      'FWM  5 wlc',
      '',
    ]);
  });

  test('-Ln --stats', () => {
    expect(list({ form: 'stats' })).toEqual([
      'IP Virtual Server version 1.2.1 (size=4096)',
      'Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes',
      '  -> RemoteAddress:Port',
      'TCP  192.0.2.10:80                       0        0        0        0        0',
      'TCP  192.0.2.10:81                       0        0        0        0        0',
      'TCP  192.0.2.10:82                       0        0        0        0        0',
      'TCP  192.0.2.10:84                       0        0        0        0        0',
      '  -> 192.0.2.1:84                        0        0        0        0        0',
      '  -> 192.0.2.8:84                        0        0        0        0        0',
      '  -> 192.0.2.9:84                        0        0        0        0        0',
      'UDP  192.0.2.11:5060                     0        0        0        0        0',
      'TCP  [2001:db8:1111:2222:3333:4444:5555:6666]:60000        0        0        0        0        0',
      '  -> [2001:db8:1111:2222:3333:4444:5555:7777]:60000        0        0        0        0        0',
      'FWM  5                                   0        0        0        0        0',
      '',
    ]);
  });

  test('of one service, with the other columns', () => {
    const [, one] = table;
    if (!one) throw new Error('There is no second service');
    const show = (form: ListOptions['form']) => formatEntry(one, { form }).split('\n').slice(0, 5);
    expect(show('rate').slice(0, 4)).toEqual([
      'Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS',
      '  -> RemoteAddress:Port',
      'TCP  192.0.2.10:84                       0        0        0        0        0',
      '  -> 192.0.2.1:84                        0        0        0        0        0',
    ]);
    expect(show('thresholds')).toEqual([
      'Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn ',
      '  -> RemoteAddress:Port',
      'TCP  192.0.2.10:84 wlc',
      '  -> 192.0.2.1:84                 0          0          0          0         ',
      '  -> 192.0.2.8:84                 5          3          0          0         ',
    ]);
    expect(show('persistent-conn').slice(0, 4)).toEqual([
      'Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn ',
      '  -> RemoteAddress:Port',
      'TCP  192.0.2.10:84 wlc',
      '  -> 192.0.2.1:84                 5         0           0          0         ',
    ]);
    expect(formatEntry(one, { form: 'tun-info' }).split('\n')).toEqual([
      'Prot LocalAddress:Port Scheduler Flags',
      '  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn',
      'TCP  192.0.2.10:84 wlc',
      '  -> 192.0.2.1:84                 Route   n/a           5      0          0         ',
      '  -> 192.0.2.8:84                 Tunnel  gre:+c        1      0          0         ',
      '  -> 192.0.2.9:84                 Tunnel  gue:65535:r+c 1      0          0         ',
      '',
    ]);
  });

  test('in the order of the kernel', () => {
    const services = list({ sort: false }).filter((line) => /^(TCP|UDP|FWM)/.test(line));
    expect(services.map((line) => line.split(' ')[2])).toEqual([
      '5',
      '192.0.2.10:84',
      '192.0.2.10:80',
      '192.0.2.10:81',
      '192.0.2.10:82',
      '192.0.2.11:5060',
      `[${address6}:6666]:60000`,
    ]);
    expect(list({ sort: false })[5]).toContain('192.0.2.9:84');
  });

  test('with names, cut where it cuts them', () => {
    const names = {
      host: (address: string) => (address.includes(':') ? 'six.'.padEnd(70, 'x') : 'four.'.padEnd(40, 'x')),
      service: () => 'http',
    };
    const pair = (address: string) =>
      formatEntry(entry({ protocol: 'tcp', address, port: 80 }, { address, port: 80 }), { names })
        .split('\n')
        .slice(2);
    const four = `four.${'x'.repeat(23)}`;
    expect(pair('192.0.2.10')).toEqual([`TCP  ${four} wlc`, `  -> ${four} Masq    1      0          0         `, '']);
    const six = `[six.${'x'.repeat(54)}`;
    expect(pair('::1')).toEqual([`TCP  ${six} wlc`, `  -> ${six} Masq    1      0          0         `, '']);
  });

  test('where it has no word, with the one that the value has here', () => {
    const strange = entry(
      { protocol: '#50', address: '192.0.2.1', port: 1 },
      { address: '192.0.2.2', port: 1, forwarding: 'bypass' },
    );
    expect(formatEntry(strange).split('\n').slice(2, 4)).toEqual([
      '?    192.0.2.1:1 wlc',
      '  -> 192.0.2.2:1                  Bypass  1      0          0         ',
    ]);
  });
});

describe('large numbers are shortened as by ipvsadm', () => {
  test.each<[value: bigint | number, shortened: string, exact: string]>([
    [0, '        0', '        0'],
    [99_999_999n, ' 99999999', ' 99999999'],
    [100_000_000n, '  100000K', ' 100000000'],
    [999_999_999, '  999999K', ' 999999999'],
    [1_000_000_000n, '    1000M', ' 1000000000'],
    [99_999_999_999n, '   99999M', ' 99999999999'],
    [100_000_000_000n, '     100G', ' 100000000000'],
    [99_999_999_999_999n, '   99999G', ' 99999999999999'],
    [100_000_000_000_000n, '     100T', ' 100000000000000'],
    [0xffff_ffff_ffff_ffffn, '18446744T', ' 18446744073709551615'],
  ])('%s', (value, shortened, exact) => {
    expect(formatLargeNumber(value)).toBe(shortened);
    expect(formatLargeNumber(value, true)).toBe(exact);
  });

  test('but for the rates of connections and packets of a destination', () => {
    const [full] = [entry(tcp(80), { address: '192.0.2.20', port: 80 })];
    const statistics = {
      ...noTraffic,
      connections: 2n ** 40n,
      connectionsPerSecond: 100_000_000,
      incomingPacketsPerSecond: 1,
      incomingBytesPerSecond: 100_000_000,
    };
    const busy = {
      service: { ...full.service, statistics },
      destinations: full.destinations.map((each) => ({ ...each, statistics })),
    } as TableEntry;
    expect(formatEntry(busy, { form: 'rate' }).split('\n').slice(2, 4)).toEqual([
      'TCP  192.0.2.10:80                 100000K        1        0  100000K        0',
      '  -> 192.0.2.20:80                100000000        1        0  100000K        0',
    ]);
    expect(formatEntry(busy, { form: 'rate', exact: true }).split('\n').slice(2, 4)).toEqual([
      'TCP  192.0.2.10:80                100000000        1        0 100000000        0',
      '  -> 192.0.2.20:80                100000000        1        0 100000000        0',
    ]);
    // ipvsadm would take the lower 32 bits of a destination's, which are 0.
    expect(formatEntry(busy, { form: 'stats' }).match(/1099G/g)).toHaveLength(2);
  });
});

describe('settings are listed as by ipvsadm', () => {
  test('--timeout', () => {
    expect(timeoutsRow({ tcp: 900, tcpFin: 120, udp: 300 })).toBe('Timeout (tcp tcpfin udp): 900 120 300\n');
  });

  test('--daemon, what is not known left out', () => {
    const daemon = { interface: 'd0', syncId: 0, maxLength: 1472, group: '224.0.0.81', port: 8848, ttl: 1 };
    const old = { ...daemon, syncId: 7, maxLength: 0, group: '', port: 0, ttl: 0 };
    expect(
      daemonRows([
        { state: 'master', ...daemon },
        { state: 'backup', ...old },
      ]),
    ).toBe(
      'master sync daemon (mcast=d0, syncid=0, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)\n' +
        'backup sync daemon (mcast=d0, syncid=7)\n',
    );
    expect(daemonRows([])).toBe('');
  });
});

/** Lines as the kernel writes them. */
const connections = `Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
UDP 0A320002 D54A 0A320001 1388 0A3C0002 1770 UDP             295
TCP ${words6(1)} D54A ${words6(14)} 0050 0A3C0002 0050 ESTABLISHED    6000
IP  0A090909 0000 0000004D 0000 0A09090A 0000 NONE             59
UDP 0A320002 0000 0A320001 13C4 0A3C0002 13C4 UDP              10 sip 7ca1@192.0.2.1
`;

function words6(last: number): string {
  return `2001:0db8:${'0000:'.repeat(5)}${String(last).padStart(4, '0')}`;
}

describe('connections are listed as by ipvsadm', () => {
  test('-Lnc', () => {
    expect(formatConnections(parseConnections(connections)).split('\n')).toEqual([
      'IPVS connection entries',
      'pro expire state       source             virtual            destination',
      'UDP 04:55  UDP         10.50.0.2:54602    10.50.0.1:5000     10.60.0.2:6000',
      'TCP 100:00 ESTABLISHED [2001:db8::1]:54602 [2001:db8::14]:80  10.60.0.2:80',
      'IP  00:59  NONE        10.9.9.9:0         0.0.0.77:0         10.9.9.10:0',
      'UDP 00:10  UDP         10.50.0.2:0        10.50.0.1:5060     10.60.0.2:5060',
      '',
    ]);
  });

  test('-Lnc --persistent-conn, whose titles do not stand above their columns', () => {
    expect(formatConnections(parseConnections(connections), { engines: true }).split('\n').slice(1, -1)).toEqual([
      'pro expire state       source             virtual            destination        pe name          pe_data',
      'UDP 04:55  UDP         10.50.0.2:54602    10.50.0.1:5000     10.60.0.2:6000',
      'TCP 100:00 ESTABLISHED [2001:db8::1]:54602 [2001:db8::14]:80  10.60.0.2:80',
      'IP  00:59  NONE        10.9.9.9:0         0.0.0.77:0         10.9.9.10:0',
      'UDP 00:10  UDP         10.50.0.2:0        10.50.0.1:5060     10.60.0.2:5060   sip                7ca1@192.0.2.1',
    ]);
  });

  test('-Lc, with names of hosts and of services by their protocol', () => {
    const names = {
      host: (address: string) => (address === '10.50.0.1' ? 'web.example' : undefined),
      service: (port: number, protocol: string) => (port === 5060 && protocol === 'udp' ? 'sip' : undefined),
    };
    expect(formatConnections(parseConnections(connections), { names }).split('\n').slice(4, 6)).toEqual([
      'IP  00:59  NONE        10.9.9.9:0         0.0.0.77:0         10.9.9.10:0',
      'UDP 00:10  UDP         10.50.0.2:0        web.example:sip    10.60.0.2:sip',
    ]);
  });

  test('none of them', () => {
    const [title = ''] = connections.split('\n');
    expect(formatConnections(parseConnections(`${title}\n`)).split('\n')).toHaveLength(3);
  });
});

describe('JSON', () => {
  test('reads back as what was listed, totals as digits', () => {
    const total = { ...noTraffic, connections: 2n ** 63n };
    const [first] = table;
    const value = { info, table: [{ ...first, service: { ...first?.service, statistics: total } }] };
    const text = toJson(value);
    expect(text.endsWith('}\n')).toBe(true);
    expect(JSON.parse(text)).toMatchObject({
      info,
      table: [
        { service: { fwmark: 5, statistics: { connections: '9223372036854775808', incomingBytesPerSecond: 0 } } },
      ],
    });
  });
});
