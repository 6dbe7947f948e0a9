import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer } from '../api-server/api-server.ts';
import { AgentProcess, cleanUp } from './agent-process.ts';
import { boundOnNode, createNetwork, onNode, type PeerName, peers, removeNetwork, tableOnNode } from './node.ts';
import { Peer } from './peer.ts';

let server: ApiServer;
let agent: AgentProcess;
const at = {} as Record<PeerName, Peer>;

const [VIP, LOCAL, DNS, EMPTY] = ['10.96.0.10', '10.96.0.11', '10.96.0.53', '10.96.0.12'];
const NODE_ADDRESS = '192.0.2.11';

beforeAll(async () => {
  createNetwork();
  server = await ApiServer.start({ host: '172.31.0.1' });
  for (const name of Object.keys(peers) as PeerName[]) at[name] = await Peer.start(name);
  server.create('nodes', {
    metadata: { name: 'n1' },
    spec: { podCIDRs: ['10.244.1.0/24'] },
    status: { addresses: [{ type: 'InternalIP', address: NODE_ADDRESS }] },
  });
  create(
    'web',
    { type: 'NodePort', clusterIP: VIP, ports: [{ port: 80, nodePort: 30080 }] },
    endpoints('pod1', 'remote'),
  );
  create(
    'local',
    { type: 'NodePort', clusterIP: LOCAL, externalTrafficPolicy: 'Local', ports: [{ port: 80, nodePort: 30081 }] },
    endpoints('pod2', 'remote'),
  );
  create('dns', { clusterIP: DNS, ports: [{ port: 53, protocol: 'UDP' }] }, endpoints('pod1'), 'UDP');
  create('empty', { clusterIP: EMPTY, ports: [{ port: 80 }] }, []);
  agent = await AgentProcess.start(server.url, '--services', 'all');
});

afterAll(async () => {
  await agent?.stop('SIGKILL');
  for (const peer of Object.values(at)) await peer.stop();
  await server?.stop();
  removeNetwork();
});

function create(
  name: string,
  spec: { clusterIP: string; [field: string]: unknown },
  list: object[],
  protocol = 'TCP',
): void {
  const metadata = { name, namespace: 'default' };
  server.create('services', { metadata, spec: { clusterIPs: [spec.clusterIP], ...spec } });
  server.create('endpointslices', sliceOf(name, list, protocol));
}

function sliceOf(name: string, list: object[], protocol = 'TCP') {
  return {
    metadata: { name: `${name}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: '', port: protocol === 'UDP' ? 5353 : 8080, protocol }],
    endpoints: list,
  };
}

function endpoints(...names: PeerName[]): object[] {
  return names.map((name) => ({
    addresses: [peers[name].address],
    nodeName: name === 'remote' ? 'n2' : 'n1',
    conditions: { ready: true },
  }));
}

/** Gives a Service other endpoints, and waits until the node has them. */
async function replaceEndpoints(name: string, list: object[], protocol = 'TCP'): Promise<void> {
  const { passes } = agent;
  server.update('endpointslices', sliceOf(name, list, protocol));
  await agent.passed(passes.length + 1);
}

/** Who answered, and the addresses that they were asked from. */
async function answers(from: PeerName, address: string, port: number): Promise<string[]> {
  return [...new Set(await at[from].ask({ address, port, count: 6, gap: 20 }))].sort();
}

describe('a node with the agent', () => {
  test('has the table, the addresses and the sysctls', () => {
    expect(tableOnNode().filter((line) => line.includes(VIP))).toEqual([
      expect.stringMatching(
        /^-t 10\.96\.0\.10:80 rr \| (10\.244\.1\.2:8080\*1 10\.244\.2\.3:8080\*1|10\.244\.2\.3:8080\*1 10\.244\.1\.2:8080\*1)$/,
      ),
    ]);
    expect(boundOnNode()).toEqual([VIP, LOCAL, EMPTY, DNS].sort());
    expect(onNode('sysctl', '-n', 'net.ipv4.vs.conntrack', 'net.ipv4.ip_forward').trim()).toBe('1\n1');
  });

  test('a pod reaches all endpoints of a cluster IP with its own address', async () => {
    expect(await answers('pod2', VIP, 80)).toEqual(['pod1 10.244.1.18', 'remote 10.244.1.18']);
  });

  test('a pod reaches itself through the cluster IP, from another address', async () => {
    const all = await answers('pod1', VIP, 80);
    expect(all).toHaveLength(2);
    const own = all.find((answer) => answer.startsWith('pod1 '));
    expect(own).toBeDefined();
    expect(own).not.toBe('pod1 10.244.1.2');
  });

  test('a client outside reaches all endpoints by the node port, as the node', async () => {
    expect(await answers('client', NODE_ADDRESS, 30080)).toEqual(['pod1 10.244.1.1', 'remote 10.244.2.1']);
  });

  test('with the policy Local it reaches those of the node, with its own address', async () => {
    expect(await answers('client', NODE_ADDRESS, 30081)).toEqual(['pod2 192.0.2.100']);
    expect(await answers('pod1', LOCAL, 80)).toEqual(['pod2 10.244.1.2', 'remote 10.244.1.2']);
  });

  test('a Service without endpoints refuses, and so does an address on a port that is none', async () => {
    expect(await answers('pod1', EMPTY, 80)).toEqual(['ECONNREFUSED']);
    expect(await answers('pod1', VIP, 8080)).toEqual(['ECONNREFUSED']);
  });

  test('a client of UDP that goes on from the same port reaches the new endpoint', async () => {
    const question = { protocol: 'udp', address: DNS, port: 53 } as const;
    expect(await at.pod2.ask(question)).toEqual(['pod1 10.244.1.18']);
    await replaceEndpoints('dns', endpoints('remote'), 'UDP');
    expect(await at.pod2.ask({ ...question, count: 2 })).toContain('remote 10.244.1.18');
    expect(await at.pod2.ask(question)).toEqual(['remote 10.244.1.18']);
  });

  test('no connection fails while endpoints come and go, and the agent is killed and started again', async () => {
    const load = Promise.all([
      at.pod2.ask({ address: VIP, port: 80, count: 400, gap: 25 }),
      at.client.ask({ address: NODE_ADDRESS, port: 30080, count: 400, gap: 25 }),
    ]);
    await replaceEndpoints('web', endpoints('pod1', 'pod2', 'remote'));
    await replaceEndpoints('web', endpoints('pod2', 'remote'));
    await agent.stop('SIGKILL');
    server.update('endpointslices', sliceOf('web', endpoints('pod1', 'pod2')));
    agent = await AgentProcess.start(server.url, '--services', 'all');
    await replaceEndpoints('web', endpoints('pod1', 'remote'));
    const all = (await load).flat();
    expect(all.filter((answer) => !/^(pod1|pod2|remote) /.test(answer))).toEqual([]);
    expect(all).toHaveLength(800);
  });

  test('an agent that starts anew changes nothing', async () => {
    await agent.stop();
    const [table, rules] = [onNode('ipvsadm', '-Sn'), onNode('nft', 'list', 'ruleset')];
    agent = await AgentProcess.start(server.url, '--services', 'all');
    expect(agent.passes[0]).toMatchObject({ full: true, changes: 0, addresses: 0, elements: 0 });
    expect(onNode('ipvsadm', '-Sn')).toBe(table);
    expect(onNode('nft', 'list', 'ruleset')).toBe(rules);
  });

  test('what others delete is there again, and their own services stay', async () => {
    onNode('ipvsadm', '-A', '-t', '192.0.2.11:9999', '-s', 'rr');
    onNode('nft', 'flush', 'ruleset');
    onNode('ipvsadm', '-D', '-t', `${VIP}:80`);
    await agent.stop();
    agent = await AgentProcess.start(server.url, '--services', 'all');
    expect(await answers('client', NODE_ADDRESS, 30080)).toEqual(['pod1 10.244.1.1', 'remote 10.244.2.1']);
    expect(tableOnNode()).toContainEqual(expect.stringContaining('192.0.2.11:9999'));
  });

  test('cleanup takes away what the agent made, and nothing else', async () => {
    await agent.stop();
    expect(cleanUp()).toMatch(/^removed: \d+ virtual services/);
    expect(tableOnNode()).toEqual(['-t 192.0.2.11:9999 rr |']);
    expect(onNode('nft', 'list', 'ruleset').trim()).toBe('');
    expect(onNode('ip', 'link')).not.toContain('ipvs-services');
    expect(onNode('sysctl', '-n', 'net.ipv4.vs.conntrack').trim()).toBe('0');
  });
});
