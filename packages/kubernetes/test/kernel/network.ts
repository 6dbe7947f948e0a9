import { execFileSync } from 'node:child_process';

/**
 * Network namespaces: the node n1, of the addresses that `n1` has in test/support/desired.ts; pods on it; the node n2 with its
 * pods, to which n1 has a route; a client outside of the cluster, which is the load balancer as well. The API server is in the
 * namespace of the tests.
 */
export const places = {
  pod1: ['10.244.1.2', 'fd00:10:244:1::2'],
  pod2: ['10.244.1.3', '10.244.1.4', '10.244.1.5', 'fd00:10:244:1::3'],
  n2: ['10.244.2.3', '10.244.2.4', '10.244.2.5', 'fd00:10:244:2::3'],
  client: ['192.0.2.100', '198.51.100.8', '198.51.100.50', '2001:db8::100'],
} as const;

export type Place = keyof typeof places;

/** Where the API server is, as the node reaches it. */
export const API_SERVER = '172.31.0.1';
/** Addresses of the node: of its interface to the outside, to the other node, to its pods; and of its IPv6. */
export const NODE = { outside: '192.0.2.11', inside: '10.0.5.11', pods: '10.244.1.1', inet6: '2001:db8::11' } as const;

/** The node's interface to each place, and the place's way back. */
const links = {
  pod1: { device: 'pod1', address: `${NODE.pods}/32`, way: `via ${NODE.pods} dev eth0 onlink` },
  pod2: { device: 'pod2', address: `${NODE.pods}/32`, way: `via ${NODE.pods} dev eth0 onlink` },
  n2: { device: 'eth1', address: `${NODE.inside}/24`, way: `via ${NODE.inside} dev eth0 onlink` },
  client: { device: 'eth0', address: `${NODE.outside}/24`, way: `via ${NODE.outside} dev eth0 onlink` },
} as const;

const NAMESPACES = ['node', ...Object.keys(places)];

/** In the namespace of the tests. */
const wayToNode = [
  `address add ${API_SERVER}/32 dev to-node`,
  'link set to-node up',
  `route add ${NODE.outside} dev to-node`,
];

/** Makes the namespaces and the links between them. */
export function createNetwork(): void {
  for (const name of NAMESPACES) run('ip', 'netns', 'add', name);
  const pairs = Object.entries(links).map(
    ([place, { device }]) => `link add ${device} netns node type veth peer name eth0 netns ${place}`,
  );
  batch([], [...pairs, 'link add to-node type veth peer name to-api netns node', ...wayToNode]);
  const ofNode = (Object.keys(places) as Place[]).flatMap((place) => {
    const { device, address } = links[place];
    // An interface without an address of IPv6 would leave the source to any, one of a Service's included.
    const global = place === 'client' ? [] : [`address add ${NODE.inet6}/128 dev ${device} nodad`];
    const routes = places[place].map((each) => `${each.includes(':') ? '-6 ' : ''}route replace ${each} dev ${device}`);
    return [
      `address add ${address} dev ${device}`,
      `address add fe80::1/64 dev ${device} nodad`,
      ...global,
      up(device),
      ...routes,
    ];
  });
  const outside = [`address add ${NODE.inet6}/64 dev eth0 nodad`];
  const toApi = [up('to-api'), `route add ${API_SERVER} dev to-api src ${NODE.outside}`];
  batch(['-n', 'node'], [up('lo'), ...ofNode, ...outside, ...toApi]);
  for (const place of Object.keys(places) as Place[]) {
    const own = places[place].map((each) => `address add ${each}/${each.includes(':') ? '128 nodad' : '32'} dev eth0`);
    const ways = [`route add default ${links[place].way}`, '-6 route add default via fe80::1 dev eth0'];
    batch(['-n', place], [up('lo'), ...own, up('eth0'), ...ways]);
  }
}

/** Lines of `ip -batch` take no options of their own: those of IPv6 are by themselves. */
function batch(options: readonly string[], lines: readonly string[]): void {
  const [inet6, others] = [
    lines.filter((line) => line.startsWith('-6 ')),
    lines.filter((line) => !line.startsWith('-6 ')),
  ];
  execFileSync('ip', [...options, '-batch', '-'], { input: others.join('\n') });
  execFileSync('ip', [...options, '-6', '-batch', '-'], { input: inet6.map((line) => line.slice(3)).join('\n') });
}

function up(device: string): string {
  return `link set ${device} up`;
}

/** Takes the namespaces away, for the next tests. */
export function removeNetwork(): void {
  for (const name of NAMESPACES) run('ip', 'netns', 'delete', name);
}

/** Runs a program and gives its output. */
export function run(file: string, ...args: string[]): string {
  return execFileSync(file, args, { encoding: 'utf8' });
}

/** Runs a program in the network namespace of the node. */
export function onNode(...words: string[]): string {
  return run('ip', 'netns', 'exec', 'node', ...words);
}

/** What ipvsadm shows on the node, in the notation of the test cases: `TCP 10.96.0.10:80 rr | 10.244.1.2:8080`, sorted. */
export function tableOnNode(): string[] {
  const services: { key: string; destinations: string[] }[] = [];
  for (const line of onNode('ipvsadm', '-Sn').trim().split('\n')) {
    const [, option = '', address, attributes = ''] = /^-A (-\w|--sctp-service) (\S+) -s (.*)$/.exec(line) ?? [];
    const [, destination = '', weight] = / -r (\S+) -m -w (\d+)/.exec(line) ?? [];
    if (address !== undefined) {
      const scheduling = attributes.trim().replace('-p ', 'persistent ');
      services.push({ key: `${PROTOCOLS[option]} ${address} ${scheduling}`, destinations: [] });
    } else if (destination)
      services.at(-1)?.destinations.push(weight === '1' ? destination : `${destination}*${weight}`);
  }
  return services.map(({ key, destinations }) => [key, '|', ...destinations.sort()].join(' ')).sort();
}

const PROTOCOLS: Readonly<Record<string, string>> = { '-t': 'TCP', '-u': 'UDP', '--sctp-service': 'SCTP', '-f': 'FWM' };

/** Addresses that are bound for Services, sorted. */
export function boundOnNode(): string[] {
  const links: { addr_info: { local: string }[] }[] = JSON.parse(
    onNode('ip', '-j', 'address', 'show', 'dev', 'ipvs-services'),
  );
  return links
    .flatMap(({ addr_info }) => addr_info.map(({ local }) => local))
    .filter((address) => !address.startsWith('fe80'))
    .sort();
}
