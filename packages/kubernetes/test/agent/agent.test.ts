import { memoryDeadlines } from 'ipvs/reconcile';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Agent, type AgentObserver, type AgentOptions, type PassReport } from '../../src/agent/agent.ts';
import { ClusterSource } from '../../src/agent/cluster-source.ts';
import { Programmer } from '../../src/agent/programmer.ts';
import { ApiClient } from '../../src/api/api-client.ts';
import { readCluster } from '../../src/cli/plan/read-cluster.ts';
import { desiredState, type NodeFacts } from '../../src/desired/index.ts';
import { answerHealth } from '../../src/operation/health.ts';
import { ApiServer } from '../api-server/api-server.ts';
import { n1, tableOf } from '../support/desired.ts';
import { eventually } from '../support/eventually.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryNode } from '../support/memory-node.ts';

const web = { protocol: 'tcp', address: '10.96.0.10', port: 80 } as const;

let clock: ManualClock;
let server: ApiServer;
let client: ApiClient;
let node: MemoryNode;
let facts: NodeFacts;
let agent: Agent;
let reports: PassReport[];
let failures: unknown[];
/** Objects that were taken since the first pass. */
let taken: number;
const running: (() => Promise<void>)[] = [];

beforeEach(async () => {
  clock = new ManualClock();
  server = await ApiServer.start({ clock });
  client = new ApiClient(async () => ({ server: server.url, options: {} }), { clock });
  node = await MemoryNode.create();
  facts = n1;
  [reports, failures, taken] = [[], [], 0];
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((stop) => stop()));
  client.close();
  await server.stop();
  await node[Symbol.asyncDispose]();
});

function status(): number | undefined {
  const { pendingSince, lastPass } = agent;
  return answerHealth('/livez', { now: clock.now(), pendingSince, lastPass, leaving: false })?.status;
}

/** Starts an agent. Returns what stops it. */
function start(options: AgentOptions = {}, observer: AgentObserver = {}, plane = node.plane): () => Promise<void> {
  const chosen: AgentOptions = { services: 'all', ...options };
  agent = new Agent(
    {
      source: (onChange) => ClusterSource.start(client, chosen, { onChange }),
      programmer: new Programmer(plane, { drainDeadline: 300, deadlines: memoryDeadlines() }),
      facts: async () => facts,
      observers: [
        {
          taken: ({ objects }) => {
            if (reports.length > 0) taken += objects;
          },
          passed: (report) => reports.push(report),
          failed: (error) => failures.push(error),
        },
        observer,
      ],
      clock,
    },
    chosen,
  );
  const stop = new AbortController();
  const ended = agent.run(stop.signal);
  const end = async () => {
    stop.abort();
    await ended;
  };
  running.push(end);
  return end;
}

function service(name: string, clusterIP: string, metadata = {}) {
  return {
    metadata: { name, namespace: 'default', ...metadata },
    spec: { clusterIP, clusterIPs: [clusterIP], ports: [{ port: 80 }] },
  };
}

function slice(name: string, addresses: readonly string[], metadata: { labels?: object } = {}) {
  return {
    metadata: {
      name: `${name}-1`,
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': name, ...metadata.labels },
    },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: addresses.map((address) => ({ addresses: [address], nodeName: 'n2', conditions: { ready: true } })),
  };
}

async function table(): Promise<string[]> {
  const lines: string[] = [];
  for await (const {
    service: { address },
    destinations,
  } of node.ipvs.table())
    lines.push(
      `${address}: ${destinations
        .map((each) => each.address)
        .sort()
        .join(' ')}`,
    );
  return lines.sort();
}

const passes = (count: number) =>
  eventually(
    `${count} passes`,
    () => reports.length >= count,
    () => clock.advance(10),
  );

describe('an agent', () => {
  test('programs what is there and what happens', async () => {
    server.create('services', service('web', '10.96.0.10'));
    server.create('endpointslices', slice('web', ['10.244.2.3', '10.244.2.4']));
    start();
    await passes(1);
    expect(await table()).toEqual(['10.96.0.10: 10.244.2.3 10.244.2.4']);
    expect(reports[0]).toMatchObject({ full: true, failures: [] });

    server.update('endpointslices', slice('web', ['10.244.2.4', '10.244.2.5']));
    await passes(2);
    expect(await table()).toEqual(['10.96.0.10: 10.244.2.4 10.244.2.5']);
    expect(reports[1]).toMatchObject({ full: false, changes: 2, taken: { objects: 1 } });

    server.delete('services', 'default/web');
    await passes(3);
    expect(await table()).toEqual([]);
    expect(node.bound.size).toBe(0);
    expect(failures).toEqual([]);
  });

  test.each(['services', 'endpointslices', 'nodes'])('programs nothing before the %s are listed', async (kind) => {
    await node.ipvs.addService({ ...web, scheduler: 'rr' });
    node.bound.add(web.address); // made before a restart
    server.create('services', service('web', '10.96.0.10'));
    server.create('endpointslices', slice('web', ['10.244.2.3']));
    server.refuse({ code: 500, times: 3, of: ({ path }) => path.endsWith(kind) });
    node.takeLog();
    start();
    await eventually('the lists', () => server.requests.length >= 3);
    for (let i = 0; i < 100; i++) await new Promise(setImmediate);
    expect(node.takeLog()).toEqual([]);
    await eventually(
      'a pass',
      () => reports.length > 0,
      () => clock.advance(100),
    );
    expect(await table()).toEqual(['10.96.0.10: 10.244.2.3']);
    expect(node.takeLog()).not.toContain('DEL_SERVICE');
  });

  test('serves only the Services that are labelled for it, and by default no others', async () => {
    const labels = { 'service.kubernetes.io/service-proxy-name': 'ipvs' };
    server.create('services', service('web', '10.96.0.10', { labels }));
    server.create('services', service('other', '10.96.0.11'));
    server.create('endpointslices', slice('web', ['10.244.2.3'], { labels }));
    server.create('endpointslices', slice('other', ['10.244.2.4']));
    start({ services: undefined });
    await passes(1);
    expect(await table()).toEqual(['10.96.0.10: 10.244.2.3']);
  });

  test('reads slices that have not the labels of their Service, such as those made by hand, as plan does', async () => {
    const labels = { 'service.kubernetes.io/service-proxy-name': 'ipvs' };
    server.create('services', service('db', '10.96.0.20', { labels }));
    server.create('endpointslices', slice('db', ['198.51.100.50']));
    const { objects } = await readCluster(client);
    start({ services: undefined });
    await passes(1);
    expect(tableOf(desiredState(objects, n1))).toEqual(['TCP 10.96.0.20:80 rr | 198.51.100.50:8080']);
    expect(await table()).toEqual(['10.96.0.20: 198.51.100.50']);
  });

  test('keeps the table while the API server is away, and is right afterwards', async () => {
    server.create('services', service('web', '10.96.0.10'));
    server.create('endpointslices', slice('web', ['10.244.2.3']));
    start();
    await passes(1);
    await server.shut();
    server.delete('services', 'default/web');
    server.create('services', service('new', '10.96.0.11'));
    server.storage.compact(); // so that the watches cannot go on
    clock.advance(60_000);
    for (let i = 0; i < 100; i++) await new Promise(setImmediate);
    expect(await table()).toEqual(['10.96.0.10: 10.244.2.3']);
    await server.reopen();
    const isRight = async () => (await table()).join() === '10.96.0.11: ';
    let right = false;
    await eventually(
      'the new table',
      () => right,
      () => {
        clock.advance(1000);
        void isRight().then((is) => {
          right = is;
        });
      },
    );
  });

  test('a second one finds nothing to do, and nothing is interrupted', async () => {
    server.create('services', service('web', '10.96.0.10'));
    server.create('endpointslices', slice('web', ['10.244.2.3', '10.244.2.4']));
    const stop = start();
    await passes(1);
    await stop();
    expect(await table()).toEqual(['10.96.0.10: 10.244.2.3 10.244.2.4']);
    node.takeLog();
    start();
    await passes(2);
    expect(reports[1]).toMatchObject({ full: true, changes: 0, addresses: 0, elements: 0 });
    expect(node.takeLog()).toEqual([]);
  });

  test('tries again what failed, sooner than the next full pass', async () => {
    server.create('services', service('web', '10.96.0.10'));
    node.refusedAddresses.set('10.96.0.10', new Error('no memory'));
    start({ syncPeriod: 3600 });
    await passes(1);
    expect(reports[0]?.failures).toHaveLength(1);
    node.refusedAddresses.clear();
    await eventually(
      'the address',
      () => node.bound.has('10.96.0.10'),
      () => clock.advance(50),
    );
    expect(reports.every(({ full }, i) => full === (i === 0))).toBe(true);
  });

  test('makes no pass for what changes nothing on the node, and tells of it', async () => {
    const beat = (count: number) => ({ metadata: { name: 'n7', annotations: { count: `${count}` } }, status: {} });
    server.create('nodes', beat(0));
    server.create('services', service('web', '10.96.0.10'));
    server.create('endpointslices', slice('web', ['10.244.2.3', '192.0.2.255'])); // a broadcast address
    let nodes = 0;
    start({ syncPeriod: 3600 }, { taken: ({ kinds }) => (nodes += kinds.Node) });
    await passes(8); // what is refused waits for seconds now
    node.takeLog();
    for (let i = 1; i <= 20; i++) {
      server.update('nodes', beat(i));
      await eventually('the heartbeat', () => nodes === 1 + i);
    }
    server.create('services', service('other', '10.96.0.11'));
    await eventually('the other Service', () => reports.length > 8);
    expect(reports).toHaveLength(9);
    expect(reports[8]).toMatchObject({ failures: [], taken: { objects: 1 } });
    expect(node.takeLog()).not.toContain('NEW_DEST');
    await passes(10);
    expect(reports[9]?.failures).toHaveLength(1);
  });

  test('goes on where a pass cannot be made at all', async () => {
    server.create('services', service('web', '10.96.0.10'));
    let broken = true;
    const { plane } = node;
    const programmer = new Programmer(
      {
        ...plane,
        filter: {
          ...plane.filter,
          recorded: async () => (broken ? Promise.reject(new Error('no nft')) : plane.filter.recorded()),
        },
      },
      { drainDeadline: 300, deadlines: memoryDeadlines() },
    );
    const stop = new AbortController();
    const agent = new Agent(
      {
        source: (onChange) => ClusterSource.start(client, { services: 'all' }, { onChange }),
        programmer,
        facts: async () => facts,
        observers: [{ failed: (error) => failures.push(error) }],
        clock,
      },
      { services: 'all' },
    );
    const ended = agent.run(stop.signal);
    running.push(async () => {
      stop.abort();
      await ended;
    });
    await eventually(
      'two failures',
      () => failures.length >= 2,
      () => clock.advance(50),
    );
    expect(agent.lastPass).toBeUndefined();
    expect(agent.pendingSince).toBeTypeOf('number');
    broken = false;
    await eventually(
      'a pass',
      () => agent.lastPass !== undefined,
      () => clock.advance(50),
    );
    expect(agent.pendingSince).toBeUndefined();
    expect(await table()).toEqual(['10.96.0.10: ']);
  });

  describe('is healthy', () => {
    const minuteLater = async () => {
      const end = clock.now() + 70_000;
      await eventually(
        'a minute',
        () => clock.now() >= end,
        () => clock.advance(200),
      );
    };

    test('while one entry is refused and all else is programmed', async () => {
      server.create('services', service('web', '10.96.0.10'));
      server.create('endpointslices', slice('web', ['10.244.2.3', '192.0.2.255'])); // a broadcast address
      node.refusedAddresses.set('10.96.0.11', new Error('no memory'));
      server.create('services', service('other', '10.96.0.11'));
      start();
      await passes(1);
      await minuteLater();
      expect(reports.length).toBeGreaterThan(3); // it is tried again
      const subjects = reports.at(-1)?.failures.map(({ subject }) => subject);
      expect(subjects?.sort()).toEqual(['address 10.96.0.11', 'tcp 10.96.0.10:80']);
      expect(status()).toBe(200);
      server.create('services', service('later', '10.96.0.12'));
      await passes(reports.length + 1);
      expect(await table()).toEqual(['10.96.0.10: 10.244.2.3', '10.96.0.11: ', '10.96.0.12: ']);
      expect(agent.pendingSince).toBeUndefined();
    });

    test('no longer while a part of the node cannot be programmed at all', async () => {
      server.create('services', service('web', '10.96.0.10'));
      start();
      await passes(1);
      node.refuseChange = () => {
        throw new Error('no nft');
      };
      server.create('services', service('other', '10.96.0.11'));
      await passes(2);
      await minuteLater();
      expect(status()).toBe(503);
      node.refuseChange = undefined;
      await eventually(
        'a pass without failures',
        () => reports.at(-1)?.failures.length === 0,
        () => clock.advance(50),
      );
      expect(status()).toBe(200);
    });
  });

  describe('is unhealthy after a minute', () => {
    const answers = (expected: number, step = () => clock.advance(200)) =>
      eventually(`${expected}`, () => status() === expected, step);

    beforeEach(async () => {
      server.create('services', service('web', '10.96.0.10'));
      start();
      await passes(1);
    });

    test('where a full pass finds what cannot be made good', async () => {
      node.elements.clear();
      node.refuseChange = () => {
        throw new Error('no nft');
      };
      const since = clock.now();
      await answers(503);
      expect(clock.now() - since).toBeGreaterThan(60_000);
      node.refuseChange = undefined;
      await answers(200);
      expect(node.elements.size).toBeGreaterThan(0);
    });

    test('where the packet filter cannot be read, though other changes are made', async () => {
      server.create('endpointslices', slice('web', []));
      let turn = 0;
      node.refuseHolds = () => {
        throw new Error('no nft');
      };
      const change = () => {
        clock.advance(500);
        if (++turn % 20 === 0) server.update('endpointslices', slice('web', [`10.244.2.${turn / 20}`]));
      };
      await answers(503, change);
      node.refuseHolds = undefined;
      await answers(200, change);
    });

    test('where the kernel has no memory for services, though other changes are made', async () => {
      node.kernel.refuse('ENOMEM', { command: 'IPVS_CMD_NEW_SERVICE', times: 1_000_000 });
      server.create('services', service('other', '10.96.0.11'));
      server.create('endpointslices', slice('web', []));
      let turn = 0;
      await answers(503, () => {
        clock.advance(500);
        if (++turn % 20 === 0) server.update('endpointslices', slice('web', [`10.244.2.${turn / 20}`]));
      });
    });
  });

  test('does not run in circles where others undo what it does', async () => {
    const { ipvs } = node;
    const undone = Object.assign(Object.create(ipvs), {
      addDestination: async () => {}, // as if another process removed it at once
      ...Object.fromEntries(
        (['services', 'service', 'destinations', 'addService', 'removeService', 'patchDestination'] as const).map(
          (name) => [name, (ipvs[name] as (...args: never[]) => unknown).bind(ipvs)],
        ),
      ),
    });
    server.create('services', service('web', '10.96.0.10'));
    server.create('endpointslices', slice('web', ['10.244.2.3']));
    start({ syncPeriod: 3600 }, {}, { ...node.plane, ipvs: undone });
    await passes(1);
    const before = reports.length;
    for (let i = 0; i < 200; i++) {
      clock.advance(0); // calls what is due now
      await new Promise(setImmediate);
    }
    expect(reports.length).toBe(before);
    await eventually(
      'the next pass',
      () => reports.length > before,
      () => clock.advance(50),
    );
  });

  test('takes the addresses that the node has with each full pass', async () => {
    server.create('services', {
      ...service('np', '10.96.0.12'),
      spec: {
        type: 'NodePort',
        clusterIP: '10.96.0.12',
        clusterIPs: ['10.96.0.12'],
        ports: [{ port: 80, nodePort: 30080 }],
      },
    });
    start();
    await passes(1);
    facts = { ...n1, addresses: ['192.0.2.11'] };
    await eventually(
      'fewer node ports',
      () => reports.length >= 2,
      () => clock.advance(30_000),
    );
    expect(await table()).toEqual(['10.96.0.12: ', '192.0.2.11: ']);
  });

  test('ends at once while the API server does not answer', async () => {
    await server.shut();
    const stop = start();
    await new Promise(setImmediate);
    await stop();
    expect(reports).toEqual([]);
  });
});

describe('whatever becomes of the connection to the API server, the table is right in the end and nothing that should stand goes', () => {
  const standing = ['10.96.0.10', '10.96.0.11'];

  beforeEach(() => {
    server.create('services', service('web', '10.96.0.10'));
    server.create('services', service('other', '10.96.0.11'));
    server.create('services', service('old', '10.96.0.12'));
    for (const name of ['web', 'other', 'old']) server.create('endpointslices', slice(name, ['10.244.2.3']));
  });

  /** What happens while nobody tells the agent. */
  const meanwhile = () => {
    server.update('endpointslices', slice('web', ['10.244.2.3', '10.244.2.4']));
    server.delete('services', 'default/old');
    server.delete('endpointslices', 'default/old-1');
  };
  const after = ['10.96.0.10: 10.244.2.3 10.244.2.4', '10.96.0.11: 10.244.2.3'];

  /** Looks on at every turn until the table is as it is wanted; no service that should stand may be absent at any time. */
  async function settles(wanted: readonly string[], milliseconds = 1000): Promise<void> {
    const seen: string[] = [];
    const look = async () => {
      const lines = await table();
      for (const address of standing)
        if (!lines.some((line) => line.startsWith(`${address}: 10`))) seen.push(`${address} was gone: ${lines.join()}`);
      return lines.join() === wanted.join();
    };
    let isRight = false;
    let looking = false;
    await eventually(
      wanted.join(),
      () => isRight,
      () => {
        clock.advance(milliseconds);
        if (looking) return;
        looking = true;
        void look().then((right) => {
          isRight = right;
          looking = false;
        });
      },
    );
    expect(seen).toEqual([]);
    expect(node.takeLog().filter((each) => each === 'DEL_SERVICE')).toHaveLength(1);
    expect(node.bound).toEqual(new Set(standing));
  }

  const turns = async () => {
    for (let i = 0; i < 100; i++) await new Promise(setImmediate);
  };

  async function programmed(options: AgentOptions = {}): Promise<void> {
    start(options);
    await passes(1);
    await eventually(
      'three watches',
      () => server.watches === 3,
      () => clock.advance(10),
    );
    node.takeLog();
  }

  test('it is away for a minute', async () => {
    await programmed();
    await server.shut();
    meanwhile();
    for (let second = 0; second < 60; second++) {
      clock.advance(1000);
      await turns();
    }
    expect(await table()).toHaveLength(3);
    expect(node.takeLog()).toEqual([]);
    await server.reopen();
    await settles(after);
  });

  test.each(['stream', 'status'] as const)('the history is lost, as told by a %s', async (how) => {
    await programmed();
    server.expiredWatch = how;
    await server.shut();
    meanwhile();
    server.storage.compact();
    await server.reopen();
    await settles(after);
  });

  test('watches end by 410', async () => {
    await programmed();
    server.hold('services');
    server.hold('endpointslices');
    meanwhile();
    server.storage.compact();
    server.expireWatches();
    server.release('services');
    server.release('endpointslices');
    await settles(after);
  });

  test('connections are half open', async () => {
    await programmed();
    server.freeze();
    meanwhile();
    clock.advance(74_000);
    await turns();
    expect(await table()).toHaveLength(3);
    await settles(after);
  });

  test('a list takes long, of one kind longer than of another', async () => {
    await programmed();
    await server.shut();
    meanwhile();
    server.storage.compact();
    server.listDelay = 20_000;
    server.refuse({ code: 500, times: 2, of: ({ path }) => path.endsWith('endpointslices') });
    await server.reopen();
    await settles(after, 500);
  });

  test('a list is answered page by page, and the next page is refused', async () => {
    await programmed();
    await server.shut();
    meanwhile();
    for (let i = 0; i < 600; i++) server.create('services', { ...service(`n${i}`, 'None') });
    server.storage.compact();
    server.refuse({ code: 500, times: 3, of: ({ query }) => query.has('continue') });
    await server.reopen();
    await settles(after);
  });

  test('events of one kind come long after those of another', async () => {
    await programmed();
    server.hold('services');
    meanwhile();
    await eventually(
      'both slices',
      () => taken === 2,
      () => clock.advance(10),
    );
    expect(await table()).toEqual([...after, '10.96.0.12: ']);
    server.release('services');
    await settles(after);
  });
});

test.each([
  ['first from the one that it leaves', ['a', 'b']],
  ['first from the one that it comes to', ['b', 'a']],
])('an endpoint that moves to another slice of its Service keeps its place, told %s', async (_, order) => {
  const part = (name: string, addresses: readonly string[]) => ({
    ...slice('web', addresses),
    metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
  });
  server.create('services', service('web', '10.96.0.10'));
  server.create('endpointslices', part('a', ['10.244.2.3', '10.244.2.4']));
  server.create('endpointslices', part('b', ['10.244.2.5']));
  start();
  await passes(1);
  node.takeLog();
  const moved: Record<string, string[]> = { a: ['10.244.2.3'], b: ['10.244.2.4', '10.244.2.5'] };
  for (const name of order) server.update('endpointslices', part(name, moved[name] ?? []));
  await eventually(
    'both slices',
    () => taken === 2,
    () => clock.advance(10),
  );
  for (let i = 0; i < 100; i++) await new Promise(setImmediate);
  expect(await table()).toEqual(['10.96.0.10: 10.244.2.3 10.244.2.4 10.244.2.5']);
  expect(node.takeLog().filter((each) => /SERVICE|bind/.test(each))).toEqual([]);
});
