import type {
  DestinationSpec,
  Forwarding,
  ServiceFlags,
  ServiceKey,
  ServiceOptions,
  ServiceSpec,
} from '../../../src/ipvs/index.ts';
import { hasTwos } from '../ipvs/schedulers.ts';

/** A service in both languages: as `ipvsadm -Sn` prints it, and as this library takes it. */
export interface Rule {
  readonly saved: string;
  readonly service: ServiceSpec;
  readonly destinations: readonly DestinationRule[];
}

/** A destination in both languages. */
export interface DestinationRule {
  /** Without `-a` and the service. */
  readonly saved: string;
  /** What ipvsadm takes but never saves. */
  readonly unsaved?: string;
  readonly destination: DestinationSpec;
}

const server = { address: '192.0.2.20', port: 80 };

/** Every way of forwarding, in the order in which they are added. */
const destinations: readonly DestinationRule[] = [
  rule('-r 192.0.2.20:8080 -m -w 1', { ...server, port: 8080 }),
  rule('-r 192.0.2.21:80 -g -w 0', { ...server, address: '192.0.2.21', forwarding: 'direct-route', weight: 0 }),
  tunneled(22, '--tun-type ipip', { tunnel: 'ipip' }),
  tunneled(23, '--tun-type gue --tun-port 6080 --tun-nocsum', { tunnel: 'gue', port: 6080, checksum: 'nocsum' }),
  tunneled(24, '--tun-type gue --tun-port 6080 --tun-csum', { tunnel: 'gue', port: 6080, checksum: 'csum' }),
  tunneled(25, '--tun-type gue --tun-port 65535 --tun-remcsum', { tunnel: 'gue', port: 65535, checksum: 'remcsum' }),
  tunneled(26, '--tun-type gre --tun-nocsum', { tunnel: 'gre', checksum: 'nocsum' }),
  tunneled(27, '--tun-type gre --tun-csum', { tunnel: 'gre', checksum: 'csum' }),
  rule('-r [2001:db8::20]:80 -i -w 65535 --tun-type ipip', {
    address: '2001:db8::20',
    port: 80,
    weight: 65535,
    forwarding: { tunnel: 'ipip' },
  }),
  {
    ...rule('-r 192.0.2.28:81 -m -w 7', {
      ...server,
      address: '192.0.2.28',
      port: 81,
      weight: 7,
      upperThreshold: 10,
      lowerThreshold: 2,
    }),
    unsaved: '-x 10 -y 2',
  },
];

const destinations6: readonly DestinationRule[] = [
  rule('-r [2001:db8::20]:8080 -m -w 1', { address: '2001:db8::20', port: 8080 }),
  rule('-r 192.0.2.20:80 -i -w 1 --tun-type gue --tun-port 9 --tun-csum', {
    ...server,
    forwarding: { tunnel: 'gue', port: 9, checksum: 'csum' },
  }),
];

/** A table with every scheduler, protocol, family, flag, kind of persistence, forwarding method and tunnel type. */
export function rulesFor(kernel: string): Rule[] {
  const schedulers = 'rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh'.split(' ');
  if (hasTwos(kernel)) schedulers.push('twos');
  return [
    ...schedulers.map((scheduler, i) => service(`-t 192.0.2.10:${80 + i}`, tcp(80 + i), { scheduler })),
    ...flags.map(([saved, scheduler, flags], i) =>
      service(`-t 192.0.2.11:${80 + i}`, { ...tcp(80 + i), address: '192.0.2.11' }, { scheduler, flags }, saved),
    ),
    service('-u 192.0.2.10:53', { ...tcp(53), protocol: 'udp' }, { flags: { 'one-packet': true } }, '-o'),
    service('--sctp-service 192.0.2.10:5060', { ...tcp(5060), protocol: 'sctp' }),
    service('-t [2001:db8::10]:80', { ...tcp(80), address: '2001:db8::10' }, {}, '', destinations6),
    service('-u [2001:db8::10]:53', { protocol: 'udp', address: '2001:db8::10', port: 53 }),
    service('--sctp-service [2001:db8::10]:5060', { protocol: 'sctp', address: '2001:db8::10', port: 5060 }),
    service('-f 7', { fwmark: 7 }, { flags: { 'one-packet': true } }, '-o'),
    service('-f 2147483647 -6', { fwmark: 0x7fffffff, family: 'inet6' }),
    service('-t 192.0.2.12:0', { ...tcp(0), address: '192.0.2.12' }, { persistence: { timeout: 300 } }, '-p 300'),
    service(
      '-t 192.0.2.12:80',
      { ...tcp(80), address: '192.0.2.12' },
      { persistence: { timeout: 1, netmask: '255.255.255.0' } },
      '-p 1 -M 255.255.255.0',
    ),
    service(
      '-t [2001:db8::12]:80',
      { ...tcp(80), address: '2001:db8::12' },
      { persistence: { timeout: 2678400, prefixLength: 64 } },
      '-p 2678400 -M 64',
    ),
    service(
      '-u 192.0.2.12:5060',
      { protocol: 'udp', address: '192.0.2.12', port: 5060 },
      { persistence: { engine: 'sip' } },
      '-p 360 --pe sip',
    ),
    service('-t 192.0.2.13:80', { ...tcp(80), address: '192.0.2.13' }, {}, '', destinations),
  ];
}

const flags: [saved: string, scheduler: string, flags: ServiceFlags][] = [
  ['-b sh-fallback', 'sh', { 'sh-fallback': true }],
  ['-b sh-fallback,sh-port', 'sh', { 'sh-fallback': true, 'sh-port': true }],
  ['-b mh-fallback,mh-port', 'mh', { 'mh-fallback': true, 'mh-port': true }],
  ['-b flag-1,flag-2,flag-3', 'rr', { 'flag-1': true, 'flag-2': true, 'flag-3': true }],
];

function tcp(port: number) {
  return { protocol: 'tcp', address: '192.0.2.10', port } as const;
}

function service(
  name: string,
  key: ServiceKey,
  options: ServiceOptions = {},
  saved = '',
  destinations: readonly DestinationRule[] = [],
): Rule {
  const line = `-A ${name} -s ${options.scheduler ?? 'wlc'} ${saved}`.trim();
  const targets = destinations.map((each) => ({ ...each, saved: `-a ${name} ${each.saved}` }));
  return { saved: line, service: { ...key, ...options }, destinations: targets };
}

function rule(saved: string, destination: DestinationSpec): DestinationRule {
  return { saved, destination };
}

function tunneled(host: number, saved: string, forwarding: Forwarding): DestinationRule {
  const address = `192.0.2.${host}`;
  return rule(`-r ${address}:80 -i -w 1 ${saved}`, { address, port: 80, forwarding });
}
