import { type DeadlineStore, memoryDeadlines } from 'ipvs/reconcile';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Programmer } from '../../src/agent/programmer.ts';
import { type DesiredOptions, DesiredState } from '../../src/desired/index.ts';
import type { KubernetesObject } from '../../src/objects/index.ts';
import { n1 } from '../support/desired.ts';
import { MemoryNode } from '../support/memory-node.ts';
import { endpoints, port, service, slice } from '../support/objects.ts';

const dns = { protocol: 'udp', address: '10.96.0.53', port: 53 } as const;
const web = { protocol: 'tcp', address: '10.96.0.10', port: 80 } as const;
const [a, b] = [
  { address: '10.244.2.3', port: 8080 },
  { address: '10.244.2.4', port: 8080 },
] as const;
const both = endpoints('10.244.2.3@n2', '10.244.2.4@n2');
const onlyB = endpoints('10.244.2.4@n2');

const webService = service('web', { clusterIP: '10.96.0.10', ports: [port(80)] });
const webSlice = (list: ReturnType<typeof endpoints>) => slice('web-1', 'web', [port(8080)], list);
const dnsService = service('dns', { clusterIP: '10.96.0.53', ports: [port(53, { protocol: 'UDP' })] });
const dnsSlice = (list: ReturnType<typeof endpoints>) => slice('dns-1', 'dns', [port(5353, { protocol: 'UDP' })], list);

let node: MemoryNode;
let state: DesiredState;
let programmer: Programmer;
let deadlines: DeadlineStore;

beforeEach(async () => {
  node = await MemoryNode.create();
  restart();
  await programmer.fullPass(); // there is nothing yet
});
afterEach(() => node[Symbol.asyncDispose]());

/** An agent that knows nothing yet, on the node as it is. */
function restart(options: DesiredOptions = {}): void {
  state = new DesiredState(n1, { services: 'all', ...options });
  deadlines = memoryDeadlines();
  programmer = new Programmer(node.plane, { drainDeadline: 300, deadlines });
}

function upsert(...objects: KubernetesObject[]): void {
  for (const object of objects) state.upsert(object);
  programmer.take(state.takeChanges());
}

function remove(object: KubernetesObject): void {
  state.remove(object);
  programmer.take(state.takeChanges());
}

async function weights(key = web): Promise<Record<string, number>> {
  const destinations = await node.ipvs.destinations(key);
  return Object.fromEntries(destinations.map(({ address, weight }) => [address, weight]));
}

describe('the order', () => {
  test('sets, service, destinations, address; and the other way round', async () => {
    upsert(webService, webSlice(both));
    await programmer.pass();
    const log = node.takeLog();
    expect(log.slice(-4)).toEqual(['NEW_SERVICE', 'NEW_DEST', 'NEW_DEST', 'bind 10.96.0.10']);
    expect(log.slice(0, -4).every((line) => line.startsWith('+ '))).toBe(true);
    expect(log).toContain('+ services tcp 10.96.0.10 80');

    remove(webService);
    await programmer.pass();
    const back = node.takeLog();
    expect(back.slice(0, 2)).toEqual(['unbind 10.96.0.10', 'DEL_SERVICE']);
    expect(back.slice(2).every((line) => line.startsWith('- '))).toBe(true);
    expect(node.elements.size).toBe(0);
    expect(programmer.isPending).toBe(false);
  });

  test('an address stays while another port needs it', async () => {
    const two = service('web', { clusterIP: '10.96.0.10', ports: [port(80, { name: 'a' }), port(81, { name: 'b' })] });
    upsert(two);
    await programmer.pass();
    node.takeLog();
    upsert(webService);
    await programmer.pass();
    expect(node.takeLog()).toEqual(['DEL_SERVICE', expect.stringMatching(/^- /), expect.stringMatching(/^- /)]);
    expect([...node.bound]).toEqual(['10.96.0.10']);
  });
});

describe('a change', () => {
  test('reads and writes the service that it is about, and no other', async () => {
    upsert(webService, webSlice(both), dnsService, dnsSlice(onlyB));
    await programmer.pass();
    node.takeLog();
    const before = node.kernel.requests.length;
    upsert(webSlice(onlyB));
    await programmer.pass();
    expect(node.takeLog()).toEqual(['SET_DEST', 'DEL_DEST']);
    const requests = node.kernel.requests.slice(before);
    expect(requests.some(({ command, dump }) => command === 'IPVS_CMD_GET_SERVICE' && dump)).toBe(false);
    expect(JSON.stringify(requests.map(({ fields }) => fields))).not.toContain(dns.address);
  });

  test('nothing is sent when nothing is different', async () => {
    upsert(webService, webSlice(both));
    await programmer.pass();
    const before = node.kernel.requests.length;
    upsert(webService, webSlice(both));
    expect(await programmer.pass()).toMatchObject({ changes: 0, addresses: 0, elements: 0, failures: [] });
    expect(node.kernel.requests).toHaveLength(before);
  });
});

describe('draining (C11)', () => {
  beforeEach(async () => {
    upsert(webService, webSlice(both), dnsService, dnsSlice(both));
    await programmer.pass();
    node.takeLog();
    node.kernel.traffic(web, { destination: a, active: 2 });
  });

  test('a destination with connections gets weight 0, and goes with the tick after they have ended', async () => {
    upsert(webSlice(onlyB));
    await programmer.pass();
    expect(await weights()).toEqual({ [a.address]: 0, [b.address]: 1 });
    expect(programmer.draining).toMatchObject([{ destination: a, connections: 2 }]);
    await programmer.tick();
    expect(await weights()).toEqual({ [a.address]: 0, [b.address]: 1 });
    node.kernel.traffic(web, { destination: a, active: -2 });
    await programmer.tick();
    expect(await weights()).toEqual({ [b.address]: 1 });
    expect(programmer.draining).toEqual([]);
  });

  test('a destination that keeps its connections goes at the deadline', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      upsert(webSlice(onlyB));
      await programmer.pass();
      vi.advanceTimersByTime(299_999);
      await programmer.tick();
      expect(await weights()).toEqual({ [a.address]: 0, [b.address]: 1 });
      vi.advanceTimersByTime(1);
      await programmer.tick();
      expect(await weights()).toEqual({ [b.address]: 1 });
    } finally {
      vi.useRealTimers();
    }
  });

  test('one that is wanted again gets its weight back by one command', async () => {
    upsert(webSlice(onlyB));
    await programmer.pass();
    node.takeLog();
    upsert(webSlice(both));
    await programmer.pass();
    expect(node.takeLog()).toEqual(['SET_DEST']);
    expect(await weights()).toEqual({ [a.address]: 1, [b.address]: 1 });
    expect(programmer.draining).toEqual([]);
    await programmer.tick();
    expect(node.takeLog()).toEqual([]);
  });

  test('another change of the service keeps it draining', async () => {
    upsert(webSlice(onlyB));
    await programmer.pass();
    upsert(webSlice(endpoints('10.244.2.4@n2', '10.244.2.5@n2')));
    await programmer.pass();
    expect(await weights()).toEqual({ [a.address]: 0, [b.address]: 1, '10.244.2.5': 1 });
    expect(programmer.draining).toHaveLength(1);
  });

  test('a service that is deleted goes at once', async () => {
    upsert(webSlice(onlyB));
    await programmer.pass();
    remove(webService);
    await programmer.pass();
    expect(await node.ipvs.service(web)).toBeUndefined();
    expect(programmer.draining).toEqual([]);
    // Or an endpoint of the same name would not be drained later.
    expect(await deadlines.load()).toEqual(new Map());
  });

  test('UDP is not drained, and its flows to other endpoints are removed', async () => {
    node.kernel.traffic(dns, { destination: { ...a, port: 5353 }, inactive: 3 });
    node.flows.length = 0;
    upsert(dnsSlice(onlyB));
    await programmer.pass();
    expect(await weights(dns as never)).toEqual({ [b.address]: 1 });
    expect(node.flows).toEqual([[{ address: dns.address, port: 53, endpoints: [{ ...b, port: 5353 }] }]]);
  });

  test('after a restart what is not wanted drains on, and what is wanted has its weight', async () => {
    upsert(webSlice(onlyB));
    await programmer.pass();
    await node.ipvs.patchDestination(web, b, { weight: 0 });
    restart();
    upsert(webService, webSlice(onlyB), dnsService, dnsSlice(both));
    await programmer.fullPass();
    expect(await weights()).toEqual({ [a.address]: 0, [b.address]: 1 });
    expect(programmer.draining).toHaveLength(1);
  });
});

describe('the protocol of a service with a firewall mark', () => {
  const vip = '198.51.100.7';
  const [a, b, local] = ['10.244.2.3', '10.244.2.4', '10.244.1.2'];
  const want = async (protocol: string, ...addresses: string[]) => {
    const spec = { type: 'LoadBalancer', clusterIP: '10.96.0.53', externalTrafficPolicy: 'Local' };
    const ports = [port(53, { protocol })];
    const list = endpoints(`${local}@n1`, ...addresses.map((address) => `${address}@n2`));
    upsert(
      service('dns', { ...spec, ports }, { status: { loadBalancer: { ingress: [{ ip: vip }] } } }),
      slice('dns-1', 'dns', ports, list),
    );
    await programmer.pass();
  };
  const marked = async () => {
    const found = (await node.ipvs.services()).find(({ fwmark }) => fwmark !== undefined);
    if (!found) throw new Error('there is no service of a firewall mark');
    return found;
  };
  /** The endpoints of the VIP's flows that are none too many. */
  const allowed = () => {
    const places = node.flows
      .flat()
      .filter(({ address }) => address === vip)
      .map((flow) => [...new Set(flow.endpoints.map(({ address }) => address))].sort());
    node.flows.length = 0;
    return places;
  };

  beforeEach(() => restart({ localFallback: 'fwmark' }));

  test.each([
    ['TCP', { [a]: 0, [b]: 1, [local]: 1 }],
    ['UDP', { [b]: 1, [local]: 1 }],
    ['SCTP', { [b]: 1, [local]: 1 }],
  ])('is that of its port: %s drains as elsewhere', async (protocol, expected) => {
    await want(protocol, a, b);
    await programmer.fullPass();
    const key = await marked();
    node.kernel.traffic(key, { destination: { address: a, port: 53 }, active: 1, inactive: 3 });
    await want(protocol, b);
    expect(await weights(key as never)).toEqual(expected);
    restart({ localFallback: 'fwmark' });
    await want(protocol, b);
    await programmer.fullPass();
    expect(await weights(key as never)).toEqual(expected);
  });

  test('a flow of UDP may go to the endpoints of clients in the cluster and to those of clients outside', async () => {
    await want('UDP', a, b);
    await programmer.fullPass();
    expect(allowed().at(-1)).toEqual([local, a, b]);
    await want('UDP', b);
    expect(allowed()).toEqual([[local, b]]);
    // An endpoint on the node is one of both.
    upsert(slice('dns-1', 'dns', [port(53, { protocol: 'UDP' })], endpoints(`${b}@n2`)));
    await programmer.pass();
    expect(allowed()).toEqual([[b]]);
  });
});

describe('what is ours', () => {
  test('is read from the packet filter once: later passes know it', async () => {
    upsert(webService, webSlice(both));
    await programmer.fullPass();
    await programmer.fullPass();
    expect(node.recordsRead).toBe(1);
  });

  test('a node that is as it is wanted is adopted without a change', async () => {
    upsert(webService, webSlice(both), dnsService, dnsSlice(both));
    await programmer.fullPass();
    restart();
    upsert(webService, webSlice(both), dnsService, dnsSlice(both));
    node.takeLog();
    expect(await programmer.fullPass()).toMatchObject({ changes: 0, addresses: 0, elements: 0 });
    expect(node.takeLog()).toEqual([]);
  });

  test('what was made before a restart and is not wanted any more goes; what others made stays', async () => {
    const other = { ...web, address: '192.0.2.99', scheduler: 'wlc' };
    await node.ipvs.addService(other);
    const nodePort = service('np', {
      type: 'NodePort',
      clusterIP: '10.96.0.12',
      ports: [port(80, { nodePort: 30080 })],
    });
    upsert(webService, webSlice(both), nodePort);
    await programmer.fullPass();
    expect(programmer.foreign).toBe(1);
    restart();
    upsert(webService, webSlice(both));
    await programmer.fullPass();
    const left = await node.ipvs.services();
    expect(left.map(({ address }) => address).sort()).toEqual(['10.96.0.10', '192.0.2.99']);
    expect([...node.bound]).toEqual(['10.96.0.10']);
    expect(programmer.foreign).toBe(1);
  });

  test('what others remove is there again after a full pass, also if the whole packet filter was flushed', async () => {
    upsert(webService, webSlice(both));
    await programmer.pass();
    await node.ipvs.removeDestination(web, a);
    const elements = [...node.elements.keys()];
    node.elements.clear();
    node.bound.clear();
    await programmer.fullPass();
    expect(await weights()).toEqual({ [a.address]: 1, [b.address]: 1 });
    expect([...node.elements.keys()].sort()).toEqual(elements.sort());
    expect([...node.bound]).toEqual(['10.96.0.10']);
  });
});

describe('a failure', () => {
  test('of conntrack is made good by a retry', async () => {
    upsert(dnsService, dnsSlice(both));
    await programmer.fullPass();
    node.flows.length = 0;
    node.refuseFlows = () => {
      throw new Error('no memory');
    };
    upsert(dnsSlice(onlyB));
    expect((await programmer.pass()).failures).toMatchObject([{ subject: 'conntrack' }]);
    expect(programmer.isPending).toBe(true);
    node.refuseFlows = undefined;
    expect(await programmer.retry()).toMatchObject({ changes: 0, failures: [] });
    expect(node.flows).toMatchObject([[{ address: dns.address, endpoints: [{ address: b.address }] }]]);
    expect(programmer.isPending).toBe(false);
  });

  test('of the packet filter keeps a new service from being reached, and lets the others change', async () => {
    upsert(webService, webSlice(onlyB));
    await programmer.pass();
    node.takeLog();
    node.refuseChange = () => {
      throw new Error('no such program');
    };
    upsert(webSlice(both), dnsService, dnsSlice(both));
    const { failures } = await programmer.pass();
    expect(failures.map(({ subject }) => subject)).toContain('packet filter');
    expect(node.takeLog()).toEqual(['NEW_DEST']);
    expect(programmer.isPending).toBe(true);

    node.refuseChange = undefined;
    expect(await programmer.retry()).toMatchObject({ failures: [] });
    expect(await weights(dns as never)).toEqual({ [a.address]: 1, [b.address]: 1 });
    expect(node.bound.has(dns.address)).toBe(true);
    expect(programmer.isPending).toBe(false);
  });

  test('of one service stops no other, and is made good by a retry', async () => {
    node.kernel.refuse('ENOMEM', { command: 'IPVS_CMD_NEW_SERVICE', times: 4 });
    upsert(webService, webSlice(both));
    const { failures } = await programmer.pass();
    expect(failures.map(({ subject }) => subject)).toContain('tcp 10.96.0.10:80');
    for (let i = 0; i < 5 && programmer.isPending; i++) await programmer.retry();
    expect(await weights()).toEqual({ [a.address]: 1, [b.address]: 1 });
  });

  test('of an address leaves it to the next pass', async () => {
    node.refusedAddresses.set('10.96.0.10', new Error('no buffer'));
    upsert(webService, webSlice(both));
    expect((await programmer.pass()).failures).toMatchObject([{ subject: 'address 10.96.0.10' }]);
    expect(programmer.isPending).toBe(true);
    node.refusedAddresses.clear();
    await programmer.pass();
    expect(node.bound.has('10.96.0.10')).toBe(true);
    expect(programmer.isPending).toBe(false);
  });

  test('to remove a service keeps its record', async () => {
    upsert(webService, webSlice(both));
    await programmer.pass();
    node.kernel.refuse('ENOMEM', { command: 'IPVS_CMD_DEL_SERVICE', times: 100 });
    remove(webService);
    await programmer.pass();
    expect([...node.elements.keys()]).toContain('services tcp 10.96.0.10 80');
  });

  test('of conntrack is not made good by a pass between the pieces of a full pass', async () => {
    upsert(dnsService, dnsSlice(both));
    for (let i = 0; i < 20; i++) upsert(service(`s${i}`, { clusterIP: `10.96.1.${i}`, ports: [port(80)] }));
    await programmer.pass();
    node.refuseFlows = () => {
      throw new Error('no memory');
    };
    upsert(dnsSlice(onlyB));
    expect(await programmer.pass()).toMatchObject({ isComplete: false });
    await programmer.survey();
    expect(await programmer.compare()).toBeUndefined();
    upsert(service('other', { clusterIP: '10.96.0.99', ports: [port(80)] }));
    expect(await programmer.pass()).toMatchObject({ isComplete: false });
    expect(programmer.isPending).toBe(true);
    expect(await programmer.compare()).toMatchObject({ isComplete: false });
    node.refuseFlows = undefined;
    expect(await programmer.fullPass()).toMatchObject({ isComplete: true });
    expect(programmer.isPending).toBe(false);
  });

  test('is tried again by a retry, and not by the passes of other changes', async () => {
    node.kernel.refuse('EINVAL', { command: 'IPVS_CMD_NEW_DEST', times: 100 });
    upsert(dnsService, dnsSlice(both));
    await programmer.pass();
    node.takeLog();
    node.flows.length = 0;
    upsert(webService);
    expect(await programmer.pass()).toMatchObject({ failures: [], isComplete: true });
    expect(node.takeLog()).not.toContain('NEW_DEST');
    expect(node.flows).toEqual([]);
    expect(programmer.isPending).toBe(true);
    await programmer.retry();
    expect(node.takeLog()).toContain('NEW_DEST');
    expect(node.flows).toHaveLength(1);
    upsert(dnsSlice(onlyB)); // changed again
    await programmer.pass();
    expect(node.takeLog()).toContain('NEW_DEST');
  });
});

describe('everything was tried', () => {
  const wantMany = () => {
    for (const i of [1, 2, 3]) upsert(service(`s${i}`, { clusterIP: `10.96.1.${i}`, ports: [port(80)] }));
  };

  test('where one entry is refused for what it is', async () => {
    node.kernel.refuse('EINVAL', { command: 'IPVS_CMD_NEW_DEST', times: 100 });
    upsert(webService, webSlice(both));
    expect(await programmer.pass()).toMatchObject({ isComplete: true });
    expect(await programmer.fullPass()).toMatchObject({ isComplete: true });
  });

  test.each(['EPERM', 'ENOMEM', 'ENOBUFS', 'EOPNOTSUPP'])('but not where the kernel refuses with %s', async (errno) => {
    node.kernel.refuse(errno, { command: 'IPVS_CMD_NEW_SERVICE', times: 1000 });
    wantMany();
    expect(await programmer.pass()).toMatchObject({ isComplete: false });
    // Others change meanwhile.
    upsert(webSlice(both));
    expect(await programmer.pass()).toMatchObject({ isComplete: false });
    expect(await programmer.retry()).toMatchObject({ isComplete: false });
    expect(await programmer.fullPass()).toMatchObject({ isComplete: false });
  });

  test('but not where no address can be bound', async () => {
    for (const i of [1, 2, 3]) node.refusedAddresses.set(`10.96.1.${i}`, new Error('no such device'));
    wantMany();
    expect(await programmer.pass()).toMatchObject({ isComplete: false });
    node.refusedAddresses.delete('10.96.1.1');
    expect(await programmer.retry()).toMatchObject({ failures: [{}, {}], isComplete: true });
  });
});
