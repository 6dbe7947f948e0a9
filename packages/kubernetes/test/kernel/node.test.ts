import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cleanUp, refusal } from './agent-process.ts';
import { Cluster, PATIENCE } from './cluster.ts';
import { boundOnNode, NODE, onNode, tableOnNode } from './network.ts';

// What an agent makes of its node, from the first pass to `cleanup`, and what those who use the node see of it.

const [VIP, EMPTY] = ['10.96.0.10', '10.96.0.12'];
const port = { name: '', port: 80, protocol: 'TCP' };
const ports = [{ name: '', port: 8080, protocol: 'TCP' }];

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.open();
  cluster.service('web', { type: 'NodePort', clusterIP: VIP, ports: [{ ...port, nodePort: 30080 }] });
  cluster.slice('web', 'web', ports, ['10.244.1.2@n1', '10.244.2.3@n2']);
  cluster.service('empty', { clusterIP: EMPTY, ports: [port] });
  await cluster.startAgent();
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

describe('a node with the agent', () => {
  test('has the table, the addresses and the sysctls', () => {
    expect(tableOnNode().filter((line) => line.includes(VIP))).toEqual([
      `TCP ${VIP}:80 rr | 10.244.1.2:8080 10.244.2.3:8080`,
    ]);
    expect(boundOnNode()).toEqual([VIP, EMPTY]);
    expect(onNode('sysctl', '-n', 'net.ipv4.vs.conntrack', 'net.ipv4.ip_forward').trim()).toBe('1\n1');
  });

  test('forwards no IPv6 unless told to, though it has an address of it, and says so', () => {
    const sysctl = 'net.ipv6.conf.all.forwarding';
    expect(onNode('sysctl', '-n', sysctl).trim()).toBe('0');
    expect(cluster.agent.log).toContainEqual(expect.objectContaining({ level: 40, sysctl }));
  });

  test('a pod reaches itself through the cluster IP, from the address of the node', async () => {
    expect(await cluster.at.pod1.ask({ address: VIP, port: 80 })).toEqual([
      `10.244.1.2:8080 < ${NODE.pods}`,
      '10.244.2.3:8080 < 10.244.1.2',
    ]);
  });

  test('refuses connections to a Service without endpoints, and to the address of a Service on another port', async () => {
    expect(await cluster.at.pod1.ask({ address: EMPTY, port: 80 })).toEqual(['ECONNREFUSED']);
    const daemon = spawn('ip', ['netns', 'exec', 'node', 'socat', 'TCP-LISTEN:8080,fork', 'SYSTEM:echo daemon']);
    const ask = (address: string) => cluster.at.pod1.ask({ address, port: 8080, count: 1 });
    await vi.waitFor(async () => expect(await ask(NODE.pods)).toEqual(['daemon']), PATIENCE);
    expect(await ask(VIP)).toEqual(['ECONNREFUSED']);
    daemon.kill();
  });

  test('an agent does not begin with options that it could not serve by', () => {
    expect(refusal('--scheduler', 'nosuch')).toMatch(/^\d+: .*scheduler must be one of the kernel's: .*'nosuch'/);
    expect(refusal('--node-port-addresses', '10.0.0.0/33')).toMatch(/^\d+: .*nodePortAddresses\[0\] must be a network/);
  });

  test('an agent that starts anew changes nothing', async () => {
    await cluster.agent.stop();
    const [table, rules] = [onNode('ipvsadm', '-Sn'), onNode('nft', 'list', 'ruleset')];
    await cluster.startAgent();
    expect(cluster.agent.passes[0]).toMatchObject({ full: true, changes: 0, addresses: 0, elements: 0 });
    expect(onNode('ipvsadm', '-Sn')).toBe(table);
    expect(onNode('nft', 'list', 'ruleset')).toBe(rules);
  });

  test('the API server is away for a minute and has no history afterwards: the node serves on, then has what it missed', async () => {
    const table = onNode('ipvsadm', '-Sn');
    await cluster.server.shut();
    cluster.slice('web', 'web', ports, ['10.244.1.2@n1', '10.244.2.4@n2']);
    cluster.server.storage.compact();
    await delay(60_000);
    expect(onNode('ipvsadm', '-Sn')).toBe(table);
    expect(await cluster.at.pod1.ask({ address: VIP, port: 80 })).toHaveLength(2);
    await cluster.server.reopen();
    await cluster.leadsTo(`${VIP}:80`, ['10.244.1.2:8080', '10.244.2.4:8080']);
  });

  test('connections to the API server are half open: the node serves on, then has what it missed', async () => {
    cluster.server.freeze();
    cluster.slice('web', 'web', ports, ['10.244.1.2@n1', '10.244.2.3@n2']);
    await delay(30_000);
    expect(await cluster.at.pod1.ask({ address: VIP, port: 80 })).toHaveLength(2);
    await cluster.leadsTo(`${VIP}:80`, ['10.244.1.2:8080', '10.244.2.3:8080']);
  });

  test('what others delete is there again, and their own services stay', async () => {
    onNode('ipvsadm', '-A', '-t', '192.0.2.11:9999', '-s', 'rr');
    onNode('nft', 'flush', 'ruleset');
    onNode('ipvsadm', '-D', '-t', `${VIP}:80`);
    await cluster.agent.stop();
    await cluster.startAgent();
    expect(await cluster.at.client.ask({ address: NODE.outside, port: 30080 })).toEqual([
      `10.244.1.2:8080 < ${NODE.pods}`,
      `10.244.2.3:8080 < ${NODE.inside}`,
    ]);
    expect(tableOnNode()).toContain('TCP 192.0.2.11:9999 rr |');
  });

  test('cleanup takes away what the agent made, and nothing else', async () => {
    await cluster.agent.stop();
    expect(cleanUp()).toMatch(/^removed: \d+ virtual services/);
    expect(tableOnNode()).toEqual(['TCP 192.0.2.11:9999 rr |']);
    expect(onNode('nft', 'list', 'ruleset').trim()).toBe('');
    expect(onNode('ip', 'link')).not.toContain('ipvs-services');
    expect(onNode('sysctl', '-n', 'net.ipv4.vs.conntrack').trim()).toBe('0');
  });
});
