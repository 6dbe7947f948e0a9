import { execFileSync } from 'node:child_process';

/**
 * Where programs run: the client, the director with IPVS, a second one whose links are down until it takes over, and two
 * real servers. The bridges that connect them are in a namespace of their own.
 */
export const places = ['client', 'director', 'backup', 'real1', 'real2'] as const;
export type Place = (typeof places)[number];

export const reals = ['real1', 'real2'] as const;
export const families = ['inet', 'inet6'] as const;
export type Family = (typeof families)[number];

/** The addresses of a family. */
export interface Addresses {
  readonly client: string;
  /** Two more of the client's: one that is equal in all but the last four bits, and one that is not. */
  readonly neighbour: string;
  readonly stranger: string;
  /** The director's, on the client's side and on that of the real servers. */
  readonly front: string;
  readonly back: string;
  /** The client's on the bridge of the real servers: the way of answers that do not pass the director. */
  readonly shortcut: string;
  readonly real1: string;
  readonly real2: string;
  /** Those of the real servers at which GRE packets have checksums, because a device takes them either with or without. */
  readonly summed: { readonly real1: string; readonly real2: string };
  /** The service's, which the real servers have too. */
  readonly vip: string;
  /** An address of the first real server whose packets the director takes off the way. */
  readonly far: string;
  readonly bits: number;
  readonly net: number;
}

const under = (front: string, back: string) => ({
  client: `${front}2`,
  neighbour: `${front}3`,
  stranger: `${front}34`,
  front: `${front}1`,
  back: `${back}1`,
  shortcut: `${back}99`,
  real1: `${back}11`,
  real2: `${back}12`,
  summed: { real1: `${back}111`, real2: `${back}112` },
});

export const addresses: Readonly<Record<Family, Addresses>> = {
  inet: { ...under('10.0.1.', '10.0.2.'), vip: '10.0.0.1', far: '10.0.3.1', bits: 32, net: 24 },
  inet6: { ...under('2001:db8:1::', '2001:db8:2::'), vip: '2001:db8::1', far: '2001:db8:3::1', bits: 128, net: 64 },
};

/** The port at which real servers take generic UDP encapsulation. */
export const GUE_PORT = 6080;

const modules = ['ipip', 'sit', 'ip6_tunnel', 'ip_gre', 'ip6_gre', 'fou', 'fou6', 'sctp', 'bridge'];
/** Packets come by one device and go by another. */
const everywhere = ['net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.default.rp_filter=0'];
/** The service's address is on several machines of one network, of which the director alone may answer ARP for it. */
const onReals = ['net.ipv4.conf.all.arp_ignore=1', 'net.ipv4.conf.all.arp_announce=2'];
const onDirectors = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];

/**
 * Makes the namespaces. Client and directors are on the bridge `front`; directors and real servers on the bridge `back`, and
 * the client as well, for answers past the director. Real servers answer from the service's address past it, from their own
 * through it.
 */
export function makeNetwork(): void {
  for (const name of modules) execFileSync('modprobe', [name]);
  batch(
    [],
    ['switch', ...places].map((place) => `netns add ${place}`),
  );
  for (const place of places) {
    const more = place === 'client' ? [] : place.startsWith('real') ? onReals : onDirectors;
    execFileSync('ip', ['netns', 'exec', place, 'sysctl', '-qw', ...everywhere, ...more]);
    batch(['-n', place], ['link set lo up']);
  }
  batch(['-n', 'switch'], cables());
  batch(['-n', 'director'], ['link add sync type veth peer name sync netns backup']);
  batch(
    ['-n', 'director'],
    [...directorLinks(), 'link set front up', 'link set back up', ...routesToFar(), ...syncLink(1)],
  );
  batch(['-n', 'backup'], [...directorLinks(), ...syncLink(2)]);
  batch(['-n', 'client'], clientLinks());
  execFileSync('ip', ['netns', 'exec', 'client', 'ethtool', '-K', 'eth0', 'tx-checksum-sctp', 'off']);
  for (const real of reals) {
    batch(['-n', real], realLinks(real));
    execFileSync('ip', ['-n', real, 'fou', 'add', 'port', `${GUE_PORT}`, 'gue']);
    execFileSync('ip', ['-n', real, '-6', 'fou', 'add', 'port', `${GUE_PORT}`, 'gue']);
  }
}

export function removeNetwork(): void {
  batch(
    [],
    ['switch', ...places].map((place) => `netns del ${place}`),
  );
}

/** The second director has the addresses of the first; it takes over by bringing up its links where the first has lost its own. */
export function takeOver(): void {
  batch(['-n', 'director'], ['link set front down', 'link set back down']);
  batch(['-n', 'backup'], ['link set front up', 'link set back up']);
}

/** A bridge on either side, and a veth to each namespace on it. */
function cables(): string[] {
  const ends = [
    ['front', 'client', 'eth0'],
    ['front', 'director', 'front'],
    ['front', 'backup', 'front'],
    ['back', 'director', 'back'],
    ['back', 'backup', 'back'],
    ...(['client', ...reals] as const).map((place) => ['back', place, 'eth1']),
  ];
  return [
    'link add front type bridge',
    'link add back type bridge',
    ...ends.flatMap(([bridge = '', place = '', device = '']) => [
      `link add ${bridge[0]}-${place} type veth peer name ${device} netns ${place}`,
      `link set ${bridge[0]}-${place} master ${bridge} up`,
    ]),
    'link set front up',
    'link set back up',
  ];
}

/** Either director has the MAC addresses of a virtual router (RFC 9568), so that neighbours need not learn of a takeover. */
function directorLinks(): string[] {
  const both = ({ front, back, vip, bits, net }: Addresses) => [
    `addr add ${front}/${net} dev front${nodad(bits)}`,
    `addr add ${back}/${net} dev back${nodad(bits)}`,
    `addr add ${vip}/${bits} dev lo`,
  ];
  return [
    'link set front address 00:00:5e:00:01:01',
    'link set back address 00:00:5e:00:01:02',
    ...families.flatMap((family) => both(addresses[family])),
  ];
}

/** Packets to the far address leave for the first real server, but those from the client are taken in first. */
function routesToFar(): string[] {
  return families.flatMap((family) => {
    const { far, real1, bits } = addresses[family];
    return [
      `route add ${far}/${bits} via ${real1}`,
      `route add local ${far}/${bits} dev lo table 100`,
      `${version(bits)}rule add iif front to ${far}/${bits} lookup 100`,
    ];
  });
}

function syncLink(host: number): string[] {
  return [`addr add 10.0.9.${host}/24 dev sync`, 'link set sync up'];
}

function clientLinks(): string[] {
  const both = ({ client, neighbour, stranger, front, shortcut, vip, far, bits, net }: Addresses) => [
    ...[client, neighbour, stranger].map((address) => `addr add ${address}/${net} dev eth0${nodad(bits)}`),
    `addr add ${shortcut}/${net} dev eth1${nodad(bits)}`,
    ...[vip, far].map((address) => `route add ${address}/${bits} via ${front} src ${client}`),
  ];
  return ['link set eth0 up', 'link set eth1 up', ...families.flatMap((family) => both(addresses[family]))];
}

function realLinks(real: (typeof reals)[number]): string[] {
  const both = ({ back, shortcut, vip, far, bits, net, summed, [real]: own }: Addresses) => [
    ...[own, summed[real]].map((address) => `addr add ${address}/${net} dev eth1${nodad(bits)}`),
    `route add default via ${back} src ${own}`,
    `route add default via ${shortcut} table 100`,
    ...[vip, far].flatMap((address) => [
      `addr add ${address}/${bits} dev lo`,
      `${version(bits)}rule add from ${address} lookup 100`,
    ]),
    `link add gre${bits} type ${bits === 32 ? 'gre' : 'ip6gre'} local ${own}`,
    `link add sum${bits} type ${bits === 32 ? 'gre' : 'ip6gre'} local ${summed[real]} icsum`,
    `link set gre${bits} up`,
    `link set sum${bits} up`,
  ];
  const { inet, inet6 } = addresses;
  return [
    'link set eth1 up',
    ...[inet, inet6].flatMap(both),
    `link add six type ip6tnl mode any local ${inet6[real]}`,
    ...['tunl0', 'sit0', 'six'].map((device) => `link set ${device} up`),
  ];
}

const nodad = (bits: number) => (bits === 128 ? ' nodad' : '');
const version = (bits: number) => (bits === 128 ? '-6 ' : '');

/** `ip -batch`; lines that begin with `-6` are of a family that cannot be told from their addresses. */
function batch(options: readonly string[], lines: readonly string[]): void {
  const [six, any] = [lines.filter((line) => line.startsWith('-6 ')), lines.filter((line) => !line.startsWith('-6 '))];
  execFileSync('ip', [...options, '-batch', '-'], { input: any.join('\n') });
  if (six.length > 0)
    execFileSync('ip', [...options, '-6', '-batch', '-'], { input: six.map((line) => line.slice(3)).join('\n') });
}
