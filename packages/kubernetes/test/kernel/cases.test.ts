import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Cluster, linesOf, PATIENCE } from './cluster.ts';
import { boundOnNode, NODE, onNode, type Place, tableOnNode } from './network.ts';
import type { Question } from './program.ts';

// The cases of test/desired/cases.test.ts with traffic: who answers, and whom he sees.

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.open();
  await cluster.startAgent('--ipv6-forwarding');
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

/** The answers, each once: `10.244.1.2:8080 < 10.244.1.3`, who answered and the address that he saw. */
function ask(from: Place, address: string, port: number, more: Partial<Question> = {}): Promise<string[]> {
  return cluster.at[from].ask({ address, port, ...more });
}

/** The same endpoints, as each of them says whom he sees. */
function seen(address: string, ...endpoints: string[]): string[] {
  return endpoints.map((endpoint) => `${endpoint} < ${address}`).sort();
}

const [POD2, CLIENT, CLIENT2] = ['10.244.1.3', '192.0.2.100', '198.51.100.50'];
const port = (number: number, name = '', protocol = 'TCP') => ({ name, port: number, protocol });

test('C1 named ports are joined over slices, each with its number', async () => {
  const ports = [port(80, 'http'), port(9090, 'metrics')];
  cluster.service('c1', { clusterIP: '10.96.0.10', ports });
  cluster.slice('c1-a', 'c1', [port(8080, 'http'), port(9100, 'metrics')], ['10.244.1.2@n1', '10.244.2.3@n2']);
  cluster.slice('c1-b', 'c1', [port(8081, 'http')], ['10.244.2.4@n2']);
  cluster.slice('c1-c', 'c1', [port(1, 'other')], ['10.244.2.5@n2']);
  await cluster.table('10.96.0.10:', [
    'TCP 10.96.0.10:80 rr | 10.244.1.2:8080 10.244.2.3:8080 10.244.2.4:8081',
    'TCP 10.96.0.10:9090 rr | 10.244.1.2:9100 10.244.2.3:9100',
  ]);
  expect(boundOnNode().filter((address) => address === '10.96.0.10')).toHaveLength(1);
  expect(await ask('pod2', '10.96.0.10', 80)).toEqual(
    seen(POD2, '10.244.1.2:8080', '10.244.2.3:8080', '10.244.2.4:8081'),
  );
  expect(await ask('pod2', '10.96.0.10', 9090)).toEqual(seen(POD2, '10.244.1.2:9100', '10.244.2.3:9100'));
  // A client that is no pod is the node to them.
  expect(await ask('client', '10.96.0.10', 9090)).toEqual([
    '10.244.1.2:9100 < 10.244.1.1',
    '10.244.2.3:9100 < 10.0.5.11',
  ]);
});

test('C2 ready endpoints take connections, then those that terminate but serve, then nobody', async () => {
  const unknown = { addresses: ['10.244.1.3'], nodeName: 'n1', conditions: { ready: null } };
  const terminating = '10.244.1.4@n1 T';
  const notServing = '10.244.1.5@n1 N';
  const ready = { addresses: ['10.244.2.3'], nodeName: 'n2', conditions: { ready: true, serving: null } };
  cluster.service('c2', { clusterIP: '10.96.0.11', ports: [port(80)] });
  cluster.slice('c2', 'c2', [port(8080)], [unknown, terminating, notServing, ready]);
  await cluster.table('10.96.0.11:', ['TCP 10.96.0.11:80 rr | 10.244.1.3:8080 10.244.2.3:8080']);
  expect(await ask('pod1', '10.96.0.11', 80)).toEqual(seen('10.244.1.2', '10.244.1.3:8080', '10.244.2.3:8080'));
  cluster.slice('c2', 'c2', [port(8080)], [terminating, notServing]);
  await cluster.table('10.96.0.11:', [expect.stringMatching(/^TCP 10\.96\.0\.11:80 rr \| .*10\.244\.1\.4:8080( |$)/)]);
  // The other two stay in the table while they drain, and take connections until they have no weight.
  const last = seen('10.244.1.2', '10.244.1.4:8080');
  await vi.waitFor(async () => expect(await ask('pod1', '10.96.0.11', 80)).toEqual(last), PATIENCE);
  cluster.slice('c2', 'c2', [port(8080)], [notServing]);
  await vi.waitFor(async () => expect(await ask('pod1', '10.96.0.11', 80)).toEqual(['ECONNREFUSED']), PATIENCE);
  expect(linesOf('10.96.0.11:')).toHaveLength(1);
});

test('C3 node ports are at every address of the node, and never at loopback', async () => {
  cluster.service('c3', { type: 'NodePort', clusterIP: '10.96.0.12', ports: [{ ...port(80), nodePort: 30080 }] });
  cluster.slice('c3', 'c3', [port(8080)], ['10.244.2.3@n2']);
  await cluster.table(':30080', [
    'TCP 10.0.5.11:30080 rr | 10.244.2.3:8080',
    'TCP 10.244.1.1:30080 rr | 10.244.2.3:8080',
    'TCP 192.0.2.11:30080 rr | 10.244.2.3:8080',
  ]);
  expect(boundOnNode()).toContain('10.96.0.12');
  for (const address of [NODE.outside, NODE.inside, NODE.pods])
    expect(await ask('client', address, 30080, { count: 1 })).toEqual(seen(NODE.inside, '10.244.2.3:8080'));
  expect(() => onNode('socat', '-u', 'TCP:127.0.0.1:30080', '-')).toThrow('Connection refused');
});

describe('a load balancer', () => {
  const ingress = [{ ip: '198.51.100.7' }, { ip: '198.51.100.8', ipMode: 'Proxy' }, { hostname: 'lb.example' }];
  const status = { loadBalancer: { ingress } };

  test('C4 it is at the cluster IP, external IPs, the ingress in mode VIP and node ports', async () => {
    cluster.service(
      'c4',
      {
        type: 'LoadBalancer',
        clusterIP: '10.96.0.13',
        externalIPs: ['203.0.113.9', NODE.inside],
        ports: [{ ...port(443), nodePort: 30443 }],
      },
      { status },
    );
    cluster.slice('c4', 'c4', [port(8443)], ['10.244.2.3@n2']);
    const places = ['10.0.5.11:443', '10.96.0.13:443', '198.51.100.7:443', '203.0.113.9:443'];
    await cluster.table(
      ':443 ',
      places.map((place) => `TCP ${place} rr | 10.244.2.3:8443`),
    );
    expect(linesOf(':30443 ')).toHaveLength(3);
    const bound = boundOnNode();
    for (const address of ['10.96.0.13', '198.51.100.7', '203.0.113.9']) expect(bound).toContain(address);
    expect(bound).not.toContain(NODE.inside);
    expect(bound).not.toContain('198.51.100.8');
    for (const address of ['203.0.113.9', NODE.inside, '198.51.100.7'])
      expect(await ask('client', address, 443, { count: 1 })).toEqual(seen(NODE.inside, '10.244.2.3:8443'));
    // It is the load balancer itself that terminates what is sent to an address in mode Proxy.
    expect(await ask('pod2', '198.51.100.8', 443, { count: 1 })).toEqual(seen(POD2, '198.51.100.8:443'));
  });

  test('C4 source ranges let in whom they name, at the load balancer alone', async () => {
    const spec = {
      type: 'LoadBalancer',
      clusterIP: '10.96.0.23',
      loadBalancerSourceRanges: ['192.0.2.100/32', ' 10.244.0.0/16'],
      ports: [{ ...port(443), nodePort: 30444 }],
    };
    cluster.service('ranges', spec, { status: { loadBalancer: { ingress: [{ ip: '198.51.100.9' }] } } });
    cluster.slice('ranges', 'ranges', [port(8443)], ['10.244.1.2@n1']);
    await cluster.table('198.51.100.9:', ['TCP 198.51.100.9:443 rr | 10.244.1.2:8443']);
    const stranger = { from: CLIENT2, count: 1, patience: 3000 };
    expect(await ask('client', '198.51.100.9', 443, { from: CLIENT, count: 1 })).toEqual(
      seen(NODE.pods, '10.244.1.2:8443'),
    );
    expect(await ask('client', '198.51.100.9', 443, stranger)).toEqual(['TIMEOUT']);
    expect(await ask('pod2', '198.51.100.9', 443, { count: 1 })).toEqual(seen(NODE.pods, '10.244.1.2:8443'));
    expect(await ask('client', NODE.outside, 30444, stranger)).toEqual(seen(NODE.pods, '10.244.1.2:8443'));
    cluster.updateService(
      'ranges',
      { ...spec, loadBalancerSourceRanges: [`${CLIENT2}/32`] },
      {
        status: { loadBalancer: { ingress: [{ ip: '198.51.100.9' }] } },
      },
    );
    await vi.waitFor(
      async () =>
        expect(await ask('client', '198.51.100.9', 443, stranger)).toEqual(seen(NODE.pods, '10.244.1.2:8443')),
      PATIENCE,
    );
    expect(await ask('client', '198.51.100.9', 443, { ...stranger, from: CLIENT })).toEqual(['TIMEOUT']);
  });
});

describe('external policy Local', () => {
  const spec = {
    type: 'LoadBalancer',
    clusterIP: '10.96.0.33',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 32000,
    ports: [{ ...port(80, 'http'), nodePort: 30081 }, port(81, 'alt')],
  };
  const status = { loadBalancer: { ingress: [{ ip: '198.51.100.33' }] } };
  const ports = [port(8080, 'http'), port(8081, 'alt')];
  const checked = () =>
    promisify(execFile)('ip', ['netns', 'exec', 'client', 'curl', '-si', `http://${NODE.outside}:32000`]);

  test('C5 clients outside reach the endpoints of the node, with their own address', async () => {
    cluster.service('c5', spec, { status });
    cluster.slice('c5', 'c5', ports, ['10.244.1.2@n1', '10.244.2.3@n2']);
    await cluster.table(
      ':30081',
      [NODE.inside, NODE.pods, NODE.outside].map((each) => `TCP ${each}:30081 rr | 10.244.1.2:8080`),
    );
    expect(await ask('client', '198.51.100.33', 80)).toEqual(seen(CLIENT, '10.244.1.2:8080'));
    expect(await ask('client', '198.51.100.33', 81, { from: CLIENT2 })).toEqual(seen(CLIENT2, '10.244.1.2:8081'));
    expect(await ask('client', NODE.outside, 30081)).toEqual(seen(CLIENT, '10.244.1.2:8080'));
    expect(await ask('pod2', '10.96.0.33', 80)).toEqual(seen(POD2, '10.244.1.2:8080', '10.244.2.3:8080'));
    const { stdout } = await checked();
    expect(stdout).toMatch(
      /^HTTP\/1\.1 200 OK\r\n[\s\S]*X-Load-Balancing-Endpoint-Weight: 1\r\n[\s\S]*"localEndpoints":1/i,
    );
  });

  test('C5 on a node without endpoints they are refused, and the health check fails', async () => {
    cluster.slice('c5', 'c5', ports, ['10.244.2.3@n2']);
    await vi.waitFor(async () => expect(await ask('client', '198.51.100.33', 80)).toEqual(['ECONNREFUSED']), PATIENCE);
    expect(await ask('client', NODE.outside, 30081)).toEqual(['ECONNREFUSED']);
    expect(await ask('pod2', '10.96.0.33', 80)).toEqual(seen(POD2, '10.244.2.3:8080'));
    const { stdout } = await checked();
    expect(stdout).toMatch(/^HTTP\/1\.1 503 [\s\S]*"localEndpoints":0/);
    cluster.slice('c5', 'c5', ports, ['10.244.1.2@n1', '10.244.2.3@n2']);
  });
});

test('C6 internal policy Local refuses while endpoints are on other nodes, and says nothing about node ports', async () => {
  cluster.service('c6', {
    type: 'NodePort',
    clusterIP: '10.96.0.14',
    internalTrafficPolicy: 'Local',
    ports: [{ ...port(80), nodePort: 30090 }],
  });
  cluster.slice('c6', 'c6', [port(8080)], ['10.244.2.3@n2']);
  await cluster.table(`${NODE.outside}:30090`, [`TCP ${NODE.outside}:30090 rr | 10.244.2.3:8080`]);
  expect(linesOf('10.96.0.14:')).toEqual(['TCP 10.96.0.14:80 rr |']);
  expect(await ask('pod2', '10.96.0.14', 80)).toEqual(['ECONNREFUSED']);
  expect(await ask('client', NODE.outside, 30090)).toEqual(seen(NODE.inside, '10.244.2.3:8080'));
  cluster.slice('c6', 'c6', [port(8080)], ['10.244.2.3@n2', '10.244.1.2@n1']);
  await cluster.table('10.96.0.14:', ['TCP 10.96.0.14:80 rr | 10.244.1.2:8080']);
  expect(await ask('pod2', '10.96.0.14', 80)).toEqual(seen(POD2, '10.244.1.2:8080'));
});

test('C7 hints choose endpoints for the zone of the node', async () => {
  const [a, b, c] = ['10.244.1.2', '10.244.2.3', '10.244.2.4'];
  const hinted = [`${a}@n1 R z1`, `${b}@n2 R z2`, `${c}@n2 R z1`];
  const chosen = async (list: readonly string[], expected: readonly string[]) => {
    cluster.slice('c7', 'c7', [port(8080)], list);
    const places = expected.map((address) => `${address}:8080`);
    await cluster.leadsTo('10.96.0.15:80', places);
    expect(await ask('pod2', '10.96.0.15', 80)).toEqual(seen(POD2, ...places));
  };
  cluster.service('c7', { clusterIP: '10.96.0.15', ports: [port(80)] });
  await chosen(hinted, [a, c]);
  await chosen([...hinted, '10.244.2.5@n2 R'], [a, b, c, '10.244.2.5']);
  await chosen([...hinted, '10.244.2.5@n2 N'], [a, c]);
  await chosen([`${a}@n1 R z2`, `${b}@n2 R z3`], [a, b]);
});

test('C8 affinity keeps a client at an endpoint, and changes without an end to connections', async () => {
  const spec = { type: 'NodePort', clusterIP: '10.96.0.16', ports: [{ ...port(80), nodePort: 30082 }] };
  const places = ['10.96.0.16:80', `${NODE.outside}:30082`];
  const endpoints = '| 10.244.1.2:8080 10.244.2.3:8080';
  const lines = (persistence: string) => places.map((place) => `TCP ${place} rr${persistence} ${endpoints}`);
  const shown = () => tableOnNode().filter((line) => places.some((place) => line.includes(` ${place} `)));
  cluster.service('c8', { ...spec, sessionAffinity: 'ClientIP' });
  cluster.slice('c8', 'c8', [port(8080)], ['10.244.1.2@n1', '10.244.2.3@n2']);
  await vi.waitFor(() => expect(shown()).toEqual(lines(' persistent 10800').sort()), PATIENCE);
  const answers = await ask('pod2', '10.96.0.16', 80);
  expect(answers).toHaveLength(1);
  expect(await ask('client', NODE.outside, 30082)).toHaveLength(1);
  expect(await cluster.at.pod2.hold('c8', { address: '10.96.0.16', port: 80 })).toBe(answers[0]);
  const sessionAffinityConfig = { clientIP: { timeoutSeconds: 60 } };
  cluster.updateService('c8', { ...spec, sessionAffinity: 'ClientIP', sessionAffinityConfig });
  await vi.waitFor(() => expect(shown()).toEqual(lines(' persistent 60').sort()), PATIENCE);
  expect(await ask('pod2', '10.96.0.16', 80)).toEqual(answers);
  // The memory of a client is an entry without ports, and keeps the time that it was made with (ip_vs_core.c, ip_vs_sched_persist).
  expect(await ask('pod1', '10.96.0.16', 80)).toHaveLength(1);
  const memory = (client: string) =>
    onNode('ipvsadm', '-Lnc').match(new RegExp(`^TCP +(\\S+) +\\S+ +${client}:0 +10\\.96\\.0\\.16:80 `, 'm'))?.[1];
  expect(memory('10.244.1.3')).toMatch(/^1[78]\d:\d\d$/);
  expect(memory('10.244.1.2')).toMatch(/^(00:\d\d|01:00)$/);
  cluster.updateService('c8', { ...spec, sessionAffinity: 'None' });
  await vi.waitFor(() => expect(shown()).toEqual(lines('').sort()), PATIENCE);
  expect(await ask('pod2', '10.96.0.16', 80)).toEqual(seen(POD2, '10.244.1.2:8080', '10.244.2.3:8080'));
  expect(await cluster.at.pod2.say('c8')).toBe(answers[0]);
});

test('a client with affinity goes on with another endpoint as soon as its own drains (71809, 81587, 89358)', async () => {
  const ports = [port(8080)];
  const all = ['10.244.1.2@n1', '10.244.2.3@n2'];
  cluster.service('sticky', { clusterIP: '10.96.0.61', sessionAffinity: 'ClientIP', ports: [port(80)] });
  cluster.slice('sticky', 'sticky', ports, all);
  await cluster.leadsTo('10.96.0.61:80', ['10.244.1.2:8080', '10.244.2.3:8080']);
  const target = { address: '10.96.0.61', port: 80 };
  // A connection that stays keeps the endpoint in the table, and the memory of its client with it.
  const answer = await cluster.at.pod2.hold('sticky', target);
  expect(await ask('pod2', '10.96.0.61', 80)).toEqual([answer]);
  const [own = ''] = answer.split(' ');
  const others = all.map((endpoint) => endpoint.replace(/@.*/, ':8080')).filter((endpoint) => endpoint !== own);
  const kept = all.filter((endpoint) => !own.startsWith(endpoint.replace(/@.*/, ':')));
  cluster.slice('sticky', 'sticky', ports, kept);
  await cluster.table('10.96.0.61:', [expect.stringContaining(`${own}*0`)]);
  expect(await ask('pod2', '10.96.0.61', 80)).toEqual(seen(POD2, ...others));
  expect(await cluster.at.pod2.say('sticky')).toBe(answer);
  await cluster.at.pod2.drop('sticky');
});

test('a cluster IP keeps the address of a pod, though its port is the node port of another Service (132068)', async () => {
  const nodePort = 30132;
  cluster.service('numbered', { clusterIP: '10.96.0.62', ports: [port(nodePort)] });
  cluster.slice('numbered', 'numbered', [port(8080)], ['10.244.2.3@n2']);
  cluster.service('taken', { type: 'NodePort', clusterIP: '10.96.0.63', ports: [{ ...port(80), nodePort }] });
  cluster.slice('taken', 'taken', [port(8080)], ['10.244.2.4@n2']);
  await cluster.leadsTo(`10.96.0.62:${nodePort}`, ['10.244.2.3:8080']);
  await cluster.leadsTo(`${NODE.outside}:${nodePort}`, ['10.244.2.4:8080']);
  expect(await ask('pod2', '10.96.0.62', nodePort)).toEqual(seen(POD2, '10.244.2.3:8080'));
  expect(await ask('pod2', NODE.outside, nodePort)).toEqual(seen(NODE.inside, '10.244.2.4:8080'));
});

test('C9 what is not to be proxied is not', async () => {
  const ports = [port(80)];
  const label = { labels: { 'service.kubernetes.io/service-proxy-name': '' } };
  cluster.service('c9-headless', { clusterIP: 'None', type: 'NodePort', ports: [{ ...port(80), nodePort: 30099 }] });
  cluster.service('c9-elsewhere', {
    type: 'ExternalName',
    externalName: 'example.org',
    clusterIP: '10.96.0.99',
    ports,
  });
  cluster.service('c9-other', { clusterIP: '10.96.0.98', ports }, { metadata: label });
  cluster.service('c9', { clusterIP: '10.96.0.96', ports });
  cluster.slice('c9-a', 'c9', [port(8080)], [{ addresses: ['pod.example'] }], { addressType: 'FQDN' });
  cluster.slice('c9-b', '', [port(8080)], ['10.244.1.2@n1']);
  const metadata = { name: 'c9', namespace: 'other', labels: { 'kubernetes.io/service-name': 'c9' } };
  cluster.server.create('endpointslices', {
    metadata,
    addressType: 'IPv4',
    ports: [port(8080)],
    endpoints: [{ addresses: ['10.244.1.2'], nodeName: 'n1', conditions: { ready: true } }],
  });
  // What comes after them is there, so they have come.
  cluster.service('c9-after', { clusterIP: '10.96.0.95', ports });
  cluster.slice('c9-after', 'c9-after', [port(8080)], ['10.244.1.2@n1']);
  await cluster.table('10.96.0.95:', ['TCP 10.96.0.95:80 rr | 10.244.1.2:8080']);
  expect(linesOf('10.96.0.9')).toEqual(['TCP 10.96.0.95:80 rr | 10.244.1.2:8080', 'TCP 10.96.0.96:80 rr |']);
  expect(linesOf(':30099')).toEqual([]);
  expect(await ask('pod2', '10.96.0.96', 80)).toEqual(['ECONNREFUSED']);
  expect(await ask('pod2', '10.96.0.98', 80, { count: 1 })).toEqual(['ENETUNREACH']);
});

describe('protocols', () => {
  const servers: ChildProcess[] = [];
  afterAll(() => {
    for (const server of servers) server.kill();
  });

  test('C10 they are apart, and SCTP is one of them', async () => {
    const program = ['SCTP-LISTEN:5001,fork,reuseaddr', 'SYSTEM:echo pod1 $SOCAT_PEERADDR'];
    servers.push(spawn('ip', ['netns', 'exec', 'pod1', 'socat', ...program], { stdio: 'inherit' }));
    const associate = async (from: Place, to: string) => {
      const words = ['netns', 'exec', from, 'socat', '-u', `SCTP:${to}`, '-'];
      return (await promisify(execFile)('ip', words)).stdout.trim();
    };
    const ports = [port(53, 'dns', 'UDP'), port(53, 'dns-tcp'), { ...port(5000, 'sig', 'SCTP'), nodePort: 30500 }];
    cluster.service('c10', { type: 'NodePort', clusterIP: '10.96.0.20', ports });
    const others = [port(53, 'dns-tcp'), port(5001, 'sig', 'SCTP')];
    cluster.slice('c10', 'c10', [port(53, 'dns'), ...others], ['10.244.1.2@n1']);
    await cluster.table('10.96.0.20:', [
      'SCTP 10.96.0.20:5000 rr | 10.244.1.2:5001',
      'TCP 10.96.0.20:53 rr | 10.244.1.2:53',
      'UDP 10.96.0.20:53 rr |',
    ]);
    expect(linesOf(':30500')).toEqual(
      [NODE.inside, NODE.pods, NODE.outside].map((each) => `SCTP ${each}:30500 rr | 10.244.1.2:5001`).sort(),
    );
    expect(await ask('pod2', '10.96.0.20', 53)).toEqual(seen(POD2, '10.244.1.2:53'));
    expect(await associate('pod2', '10.96.0.20:5000')).toBe(`pod1 ${POD2}`);
    expect(await associate('client', `${NODE.outside}:30500`)).toBe(`pod1 ${NODE.pods}`);
    cluster.slice('c10', 'c10', [port(53, 'dns', 'UDP'), ...others], ['10.244.1.2@n1']);
    await cluster.table('UDP 10.96.0.20:', ['UDP 10.96.0.20:53 rr | 10.244.1.2:53']);
    expect(await ask('pod2', '10.96.0.20', 53, { protocol: 'udp', count: 2 })).toEqual(seen(POD2, '10.244.1.2:53'));
  });
});

describe('an endpoint that goes', () => {
  const [A, B] = ['10.244.1.2', '10.244.2.3'];
  const target = { address: '10.96.0.21', port: 80 };

  test('C11 keeps its connections, and gets new ones when it comes back', async () => {
    const want = (...list: string[]) => cluster.slice('c11', 'c11', [port(8080)], list);
    const shows = (...places: string[]) => cluster.table('10.96.0.21:', [`TCP 10.96.0.21:80 rr | ${places.join(' ')}`]);
    cluster.service('c11', { clusterIP: '10.96.0.21', ports: [port(80)] });
    want(`${A}@n1`);
    await shows(`${A}:8080`);
    const answer = `${A}:8080 < ${POD2}`;
    for (const name of ['one', 'two']) expect(await cluster.at.pod2.hold(name, target)).toBe(answer);
    want(`${B}@n2`);
    await shows(`${A}:8080*0`, `${B}:8080`);
    expect(await ask('pod2', '10.96.0.21', 80)).toEqual(seen(POD2, `${B}:8080`));
    for (const name of ['one', 'two']) expect(await cluster.at.pod2.say(name)).toBe(answer);
    const { passes } = cluster.agent;
    want(`${A}@n1`, `${B}@n2`);
    await shows(`${A}:8080`, `${B}:8080`);
    // One command gave it its weight back; removed and added again would be two.
    const changed = () => cluster.agent.passes.slice(passes.length).flatMap(({ changes }) => changes || []);
    await vi.waitFor(() => expect(changed()).toEqual([1]), PATIENCE);
    for (const name of ['one', 'two']) expect(await cluster.at.pod2.say(name)).toBe(answer);
    want(`${B}@n2`);
    await shows(`${A}:8080*0`, `${B}:8080`);
    for (const name of ['one', 'two']) await cluster.at.pod2.drop(name);
    await shows(`${B}:8080`);
  });

  test('C11 is removed at once where the protocol is UDP, and its client goes on with another', async () => {
    const want = (...list: string[]) => cluster.slice('udp', 'udp', [port(5353, '', 'UDP')], list);
    const question = { protocol: 'udp', count: 1 } as const;
    cluster.service('udp', { clusterIP: '10.96.0.22', ports: [port(53, '', 'UDP')] });
    want(`${A}@n1`);
    await cluster.table('10.96.0.22:', [`UDP 10.96.0.22:53 rr | ${A}:5353`]);
    expect(await ask('pod2', '10.96.0.22', 53, question)).toEqual(seen(POD2, `${A}:5353`));
    want(`${B}@n2`);
    await vi.waitFor(() => expect(linesOf('10.96.0.22:')).not.toEqual([`UDP 10.96.0.22:53 rr | ${A}:5353`]), PATIENCE);
    expect(linesOf('10.96.0.22:')).toEqual([`UDP 10.96.0.22:53 rr | ${B}:5353`]);
    // From the same port; what was on its way while the flow was removed may be lost.
    await ask('pod2', '10.96.0.22', 53, question);
    expect(await ask('pod2', '10.96.0.22', 53, question)).toEqual(seen(POD2, `${B}:5353`));
  });
});

test('C12 an address that a new pod has while the old one terminates is that of the new pod', async () => {
  const spec = { type: 'NodePort', externalTrafficPolicy: 'Local' };
  const [old, young, other] = ['10.244.1.2@n1 T', '10.244.1.2@n2 R', '10.244.1.4@n1 R'];
  const named = [
    ['c12', '10.96.0.17', 30083, old, young],
    ['c12-reversed', '10.96.0.18', 30084, young, old],
  ] as const;
  for (const [name, clusterIP, nodePort, a, b] of named) {
    cluster.service(name, { ...spec, clusterIP, ports: [{ ...port(80), nodePort }] });
    cluster.slice(`${name}-a`, name, [port(8080)], [a]);
    cluster.slice(`${name}-b`, name, [port(8080)], [b]);
  }
  for (const [name, clusterIP, nodePort] of named) {
    await cluster.table(`${clusterIP}:`, [`TCP ${clusterIP}:80 rr | 10.244.1.2:8080`]);
    expect(await ask('pod2', clusterIP, 80)).toEqual(seen(POD2, '10.244.1.2:8080'));
    // It is not on this node, so clients outside are not led there until another one is.
    await cluster.table(`${NODE.outside}:${nodePort} `, [`TCP ${NODE.outside}:${nodePort} rr |`]);
    expect(await ask('client', NODE.outside, nodePort)).toEqual(['ECONNREFUSED']);
    cluster.slice(`${name}-c`, name, [port(8080)], [other]);
    await cluster.table(`${NODE.outside}:${nodePort} `, [`TCP ${NODE.outside}:${nodePort} rr | 10.244.1.4:8080`]);
    expect(await ask('client', NODE.outside, nodePort)).toEqual(seen(CLIENT, '10.244.1.4:8080'));
  }
});

test('dual stack: each family has its own address, endpoints and node ports', async () => {
  cluster.service('dual', {
    type: 'NodePort',
    clusterIP: '10.96.0.24',
    clusterIPs: ['10.96.0.24', 'fd00:10:96::24'],
    ipFamilies: ['IPv4', 'IPv6'],
    ports: [{ ...port(80), nodePort: 30085 }],
  });
  cluster.slice('dual-4', 'dual', [port(8080)], ['10.244.2.3@n2']);
  cluster.slice('dual-6', 'dual', [port(8080)], ['fd00:10:244:1::2@n1', 'fd00:10:244:2::3@n2']);
  const destinations = '[fd00:10:244:1::2]:8080 [fd00:10:244:2::3]:8080';
  await cluster.table('[', [
    `TCP [2001:db8::11]:30085 rr | ${destinations}`,
    `TCP [fd00:10:96::24]:80 rr | ${destinations}`,
  ]);
  await cluster.table('10.96.0.24:', ['TCP 10.96.0.24:80 rr | 10.244.2.3:8080']);
  expect(await ask('pod2', 'fd00:10:96::24', 80)).toEqual(
    seen('fd00:10:244:1::3', '[fd00:10:244:1::2]:8080', '[fd00:10:244:2::3]:8080'),
  );
  expect(await ask('client', NODE.inet6, 30085)).toEqual(
    seen(NODE.inet6, '[fd00:10:244:1::2]:8080', '[fd00:10:244:2::3]:8080'),
  );
  expect(await ask('pod2', '10.96.0.24', 80, { count: 2 })).toEqual(seen(POD2, '10.244.2.3:8080'));
});

describe('an agent with other options', () => {
  beforeAll(async () => {
    await cluster.agent.stop();
    await cluster.startAgent('--local-fallback', 'fwmark', '--node-port-addresses', '10.0.0.0/8');
  });

  test('C3 node ports are at the addresses in its networks', async () => {
    await cluster.table(':30080', [
      'TCP 10.0.5.11:30080 rr | 10.244.2.3:8080',
      'TCP 10.244.1.1:30080 rr | 10.244.2.3:8080',
    ]);
    expect(await ask('client', NODE.inside, 30080, { count: 1 })).toEqual(seen(NODE.inside, '10.244.2.3:8080'));
    expect(await ask('client', NODE.outside, 30080, { count: 1 })).toEqual(['ECONNREFUSED']);
  });

  test('C5 firewall marks give clients in the cluster all endpoints, and those outside the ones of the node', async () => {
    expect(await ask('client', '198.51.100.33', 80)).toEqual(seen(CLIENT, '10.244.1.2:8080'));
    expect(await ask('pod2', '198.51.100.33', 80)).toEqual(seen(POD2, '10.244.1.2:8080', '10.244.2.3:8080'));
    cluster.slice('c5', 'c5', [port(8080, 'http'), port(8081, 'alt')], ['10.244.2.3@n2']);
    await vi.waitFor(async () => expect(await ask('client', '198.51.100.33', 80)).toEqual(['ECONNREFUSED']), PATIENCE);
    expect(await ask('pod2', '198.51.100.33', 80)).toEqual(seen(POD2, '10.244.2.3:8080'));
  });

  test('C7 a node without a zone takes all endpoints, whatever their hints', async () => {
    cluster.slice('c7', 'c7', [port(8080)], ['10.244.1.2@n1 R z1', '10.244.2.3@n2 R z2', '10.244.2.4@n2 R z1']);
    await vi.waitFor(
      async () => expect(await ask('pod2', '10.96.0.15', 80)).toEqual(seen(POD2, '10.244.1.2:8080', '10.244.2.4:8080')),
      PATIENCE,
    );
    const [n1] = cluster.server.list('nodes');
    cluster.server.update('nodes', { ...n1, metadata: { name: 'n1' } });
    await vi.waitFor(
      async () =>
        expect(await ask('pod2', '10.96.0.15', 80)).toEqual(
          seen(POD2, '10.244.1.2:8080', '10.244.2.3:8080', '10.244.2.4:8080'),
        ),
      PATIENCE,
    );
  });
});

test('clients in the networks of --pod-cidr keep their address at cluster IPs, in place of those of the Node', async () => {
  await cluster.agent.stop();
  await cluster.startAgent('--pod-cidr', '192.0.2.0/24');
  expect(await ask('client', '10.96.0.10', 9090, { from: CLIENT })).toEqual(
    seen(CLIENT, '10.244.1.2:9100', '10.244.2.3:9100'),
  );
  expect(await ask('pod2', '10.96.0.10', 9090)).toEqual([
    '10.244.1.2:9100 < 10.244.1.1',
    '10.244.2.3:9100 < 10.0.5.11',
  ]);
});
