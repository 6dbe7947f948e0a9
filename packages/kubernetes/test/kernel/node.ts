import { execFileSync } from 'node:child_process';

/** Runs a program and gives its output. */
export function run(file: string, ...args: string[]): string {
  return execFileSync(file, args, { encoding: 'utf8' });
}

/** Runs a program in the network namespace of the node. */
export function onNode(...words: string[]): string {
  return run('ip', 'netns', 'exec', NODE, ...words);
}

export const NODE = 'node';

/**
 * Namespaces: the node; pods on it; a pod on another node, to which the node has a route; a client outside of the cluster. The
 * API server is in the namespace of the tests, at 172.31.0.1.
 */
export const peers = {
  pod1: { address: '10.244.1.2', gateway: '10.244.1.1' },
  pod2: { address: '10.244.1.18', gateway: '10.244.1.17' },
  remote: { address: '10.244.2.3', gateway: '10.244.2.1' },
  client: { address: '192.0.2.100', gateway: '192.0.2.11' },
} as const;

export type PeerName = keyof typeof peers;

/** Makes the namespaces and the links between them. */
export function createNetwork(): void {
  run('ip', 'netns', 'add', NODE);
  onNode('ip', 'link', 'set', 'lo', 'up');
  for (const [name, { address, gateway }] of Object.entries(peers)) {
    const length = name.startsWith('pod') ? 28 : 24;
    run('ip', 'netns', 'add', name);
    run('ip', '-n', name, 'link', 'set', 'lo', 'up');
    run('ip', 'link', 'add', `to-${name}`, 'netns', NODE, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    onNode('ip', 'address', 'add', `${gateway}/${length}`, 'dev', `to-${name}`);
    onNode('ip', 'link', 'set', `to-${name}`, 'up');
    run('ip', '-n', name, 'address', 'add', `${address}/${length}`, 'dev', 'eth0');
    run('ip', '-n', name, 'link', 'set', 'eth0', 'up');
    run('ip', '-n', name, 'route', 'add', 'default', 'via', gateway);
  }
  run('ip', 'link', 'add', 'to-node', 'type', 'veth', 'peer', 'name', 'to-api', 'netns', NODE);
  run('ip', 'address', 'add', '172.31.0.1/30', 'dev', 'to-node');
  run('ip', 'link', 'set', 'to-node', 'up');
  onNode('ip', 'address', 'add', '172.31.0.2/30', 'dev', 'to-api');
  onNode('ip', 'link', 'set', 'to-api', 'up');
}

/** Takes the namespaces away, for the next tests. */
export function removeNetwork(): void {
  for (const name of [NODE, ...Object.keys(peers)]) run('ip', 'netns', 'delete', name);
}

/** What ipvsadm shows on the node, a line for each service with its destinations and weights. */
export function tableOnNode(): string[] {
  const lines: string[] = [];
  for (const line of onNode('ipvsadm', '-Sn').trim().split('\n')) {
    const [, key, scheduler] = /^-A (\S+ \S+) -s (\S+)/.exec(line) ?? [];
    const [, endpoint, weight] = /-r (\S+) -m -w (\d+)/.exec(line) ?? [];
    if (key) lines.push(`${key} ${scheduler} |`);
    else if (endpoint) lines[lines.length - 1] += ` ${endpoint}*${weight}`;
  }
  return lines.map((line) => line.split(' | ').join(' | ')).sort();
}

/** Addresses that are bound for Services. */
export function boundOnNode(): string[] {
  const links: { addr_info: { local: string }[] }[] = JSON.parse(
    onNode('ip', '-j', 'address', 'show', 'dev', 'ipvs-services'),
  );
  return links.flatMap(({ addr_info }) => addr_info.map(({ local }) => local)).sort();
}
