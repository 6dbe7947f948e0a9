import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  applyChange,
  type Change,
  type DestinationSpec,
  InputError,
  Ipvs,
  type ServiceKey,
} from '../../src/ipvs/index.ts';
import {
  memoryDeadlines,
  type Progress,
  plan,
  readTable,
  reconcile,
  type TableEntrySpec,
} from '../../src/reconcile/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { web, web6 } from '../contract/expected.ts';
import { expectedTable, nameOf, similarTable, similarTables, sortedTable } from '../support/ipvs/similar-tables.ts';
import { wrapClient } from '../support/ipvs/wrap-client.ts';

const a = { address: '10.0.0.5', port: 80 };
const b = { address: '10.0.0.6', port: 80 };

let kernel: FakeKernel;
let ipvs: Ipvs;

beforeEach(async () => {
  kernel = new FakeKernel();
  ipvs = await Ipvs.open({ kernel });
});
afterEach(() => ipvs.close());

async function write(table: readonly TableEntrySpec[], client: Ipvs = ipvs): Promise<void> {
  for (const change of plan(await readTable(client), table)) await applyChange(client, change);
}

function writes(): string[] {
  return kernel.requests
    .map(({ command }) => command.replace('IPVS_CMD_', ''))
    .filter((name) => /^(NEW|SET|DEL)/.test(name));
}

describe('reconciling', () => {
  test('makes the table as wanted, in the scope alone, and finds nothing to do then', async () => {
    const scope = { protocols: ['tcp' as const], marks: [7] };
    const inside = ({ service }: TableEntrySpec) => /^(tcp|7) /.test(nameOf(service));
    await fc.assert(
      fc.asyncProperty(similarTables('6.12'), async ([before, after]) => {
        const own = await Ipvs.open({ kernel: new FakeKernel() });
        await write(before, own);
        const foreign = sortedTable(await readTable(own)).filter((entry) => !inside(entry));
        const desired = after.filter(inside);
        const result = await reconcile(own, desired, { scope });
        expect(result).toMatchObject({ remaining: [], draining: [], cut: [] });
        const table = sortedTable(await readTable(own));
        expect(table.filter(inside)).toEqual(expectedTable(desired));
        expect(table.filter((entry) => !inside(entry))).toEqual(foreign);
        expect((await reconcile(own, desired, { scope })).done).toEqual([]);
        await own.close();
      }),
      { numRuns: 20 },
    );
  });

  test('reads once and touches nothing where nothing differs', async () => {
    const desired = [{ service: web, destinations: [a, b] }];
    await write(desired);
    kernel.requests.length = 0;
    expect(await reconcile(ipvs, desired)).toEqual({ done: [], remaining: [], draining: [], cut: [] });
    expect(kernel.requests.map(({ command }) => command)).toEqual(['IPVS_CMD_GET_SERVICE', 'IPVS_CMD_GET_DEST']);
  });

  test('says what stays different and why, and stops where another round would not help', async () => {
    const scheduler = 'nosuch';
    const desired = [
      { service: { ...web, scheduler }, destinations: [a] },
      { service: web6, destinations: [] },
    ];
    const { done, remaining } = await reconcile(ipvs, desired);
    expect(done).toEqual([{ type: 'addService', service: web6 }]);
    const addService: Change = { type: 'addService', service: { ...web, scheduler } };
    expect(remaining).toMatchObject([
      { change: addService, error: { reason: 'no-such-scheduler' } },
      { change: { type: 'addDestination' }, because: addService },
    ]);
    expect(writes().filter((command) => command === 'NEW_SERVICE')).toHaveLength(4);
  });

  test('tries again what failed for once', async () => {
    kernel.refuse('ENOMEM', { command: 'IPVS_CMD_NEW_SERVICE' });
    const { done, remaining } = await reconcile(ipvs, [{ service: web, destinations: [a] }]);
    expect(remaining).toEqual([]);
    expect(done).toHaveLength(2);
  });

  test('ends after its rounds where others undo what it does', async () => {
    let additions = 0;
    const client = wrapClient(ipvs, {
      addService: async (service) => {
        additions++;
        await ipvs.addService(service);
        await ipvs.removeService(service);
      },
    });
    const { done, remaining } = await reconcile(client, [{ service: web, destinations: [] }], { rounds: 3 });
    expect(additions).toBe(3);
    expect(done).toHaveLength(3);
    expect(remaining).toEqual([{ change: { type: 'addService', service: web } }]);
  });

  test.each<[string, TableEntrySpec[], object]>([
    ['entry out of scope', [{ service: web6, destinations: [] }], { scope: { addresses: ['192.0.2.0/24'] } }],
    ['invalid entry', [{ service: { ...web, port: -1 }, destinations: [] }], {}],
    ['scope', [], { scope: {} }],
    ['number of rounds', [], { rounds: 0 }],
    ['drain option', [], { drain: { deadline: -1 } }],
  ])('refuses an invalid %s before anything is sent', async (_, desired, options) => {
    kernel.requests.length = 0;
    await expect(reconcile(ipvs, desired, options)).rejects.toThrow(InputError);
    expect(kernel.requests).toEqual([]);
  });

  test('is aborted with the reason', async () => {
    const signal = AbortSignal.abort('enough');
    await expect(reconcile(ipvs, [{ service: web, destinations: [] }], { signal })).rejects.toBe('enough');
    expect(writes()).toEqual([]);
  });

  test('rejects where the table cannot be read', async () => {
    kernel.refuse('EPERM', { command: 'IPVS_CMD_GET_SERVICE' });
    await expect(reconcile(ipvs, [])).rejects.toMatchObject({ reason: 'not-permitted' });
  });
});

describe('reconciling with drains', () => {
  const wanted = [{ service: web, destinations: [a] }];
  beforeEach(() => write([{ service: web, destinations: [a, b] }]));

  test('says what drains where it is not to wait, and removes it when its connections have ended', async () => {
    const drain = { deadlines: memoryDeadlines(), wait: false };
    kernel.traffic(web, { destination: b, active: 2 });
    const first = await reconcile(ipvs, wanted, { drain });
    expect(first).toMatchObject({
      done: [],
      remaining: [],
      draining: [{ service: web, destination: b, connections: 2 }],
    });
    expect((await reconcile(ipvs, wanted, { drain })).draining).toEqual(first.draining);
    kernel.traffic(web, { destination: b, active: -2 });
    const last = await reconcile(ipvs, wanted, { drain });
    expect(last.done).toEqual([{ type: 'removeDestination', service: web, destination: b }]);
    expect(await drain.deadlines.load()).toEqual(new Map());
  });

  test.each([[undefined], [['weight' as const]]])(
    'gives what returns meanwhile its weight back by one update, keeping %j',
    async (keep) => {
      const drain = { deadlines: memoryDeadlines(), wait: false };
      kernel.traffic(web, { destination: b, active: 2 });
      await reconcile(ipvs, wanted, { drain, keep });
      kernel.requests.length = 0;
      const { done } = await reconcile(ipvs, [{ service: web, destinations: [a, b] }], { drain, keep });
      expect(done).toEqual([{ type: 'patchDestination', service: web, destination: b, patch: { weight: 1 } }]);
      expect(writes()).toEqual(['SET_DEST']);
      expect(await ipvs.destinations(web)).toMatchObject([{ ...b, weight: 1, activeConnections: 2 }, a]);
      expect(await drain.deadlines.load()).toEqual(new Map());
    },
  );

  test('gives a service that drained as a whole and returns its weights back, keeping weights', async () => {
    const drain = { deadlines: memoryDeadlines(), wait: false };
    kernel.traffic(web, { destination: b, active: 2 });
    await reconcile(ipvs, [], { drain, keep: ['weight'] });
    const { remaining } = await reconcile(ipvs, [{ service: web, destinations: [a, b] }], { drain, keep: ['weight'] });
    expect(remaining).toEqual([]);
    expect(await ipvs.destinations(web)).toMatchObject([{ weight: 1 }, { weight: 1 }]);
    expect(await drain.deadlines.load()).toEqual(new Map());
  });

  test('gives what returns its weight back also where it was aborted just before', async () => {
    const deadlines = memoryDeadlines();
    const options = { drain: { deadlines, wait: false }, keep: ['weight'] } as const;
    kernel.traffic(web, { destination: b, active: 2 });
    await reconcile(ipvs, wanted, options);
    const abort = new AbortController();
    const client = wrapClient(ipvs, {
      destinations: async (key) => {
        const list = await ipvs.destinations(key);
        abort.abort('enough');
        return list;
      },
    });
    const both = [{ service: web, destinations: [a, b] }];
    const aborted = reconcile(client, both, { ...options, signal: abort.signal });
    await expect(aborted).rejects.toBe('enough');
    expect(await ipvs.destinations(web)).toMatchObject([{ ...b, weight: 0 }, a]);
    await reconcile(ipvs, both, options);
    expect(await ipvs.destinations(web)).toMatchObject([{ ...b, weight: 1 }, a]);
    expect(await deadlines.load()).toEqual(new Map());
  });

  test('forgets the deadline of what returns before it waits for others', async () => {
    const drain = { deadlines: memoryDeadlines(), wait: false };
    for (const destination of [a, b]) kernel.traffic(web, { destination, active: 2 });
    await reconcile(ipvs, wanted, { drain });
    const abort = new AbortController();
    const options = { drain: { ...drain, wait: true }, signal: abort.signal, progress };
    function progress({ draining }: Progress) {
      if (draining.length > 0) setImmediate(() => abort.abort('enough'));
    }
    await expect(reconcile(ipvs, [{ service: web, destinations: [b] }], options)).rejects.toBe('enough');
    expect([...(await drain.deadlines.load()).keys()]).toEqual(['tcp 192.0.2.10:80 10.0.0.5:80']);
  });

  test('drains within one deadline what could not be removed at first', async () => {
    kernel.traffic(web, { destination: b, active: 2 });
    kernel.refuse('ENOMEM', { command: 'IPVS_CMD_DEL_DEST' });
    const deadlines = new Set<number>();
    const progress = ({ draining }: Progress) => {
      for (const { deadline } of draining) deadlines.add(deadline);
    };
    const { cut } = await reconcile(ipvs, wanted, { drain: { deadline: 0.05 }, progress });
    expect(cut).toMatchObject([{ destination: b, connections: 2, deadline: [...deadlines][0] }]);
    expect(deadlines.size).toBe(1);
  });

  test('goes on with a drain that another process began', async () => {
    await ipvs.patchDestination(web, b, { weight: 0 });
    const { done } = await reconcile(ipvs, wanted, { drain: {} });
    expect(done).toEqual([{ type: 'removeDestination', service: web, destination: b }]);
  });

  test('keeps the deadlines of what is out of its scope', async () => {
    const b6 = { address: '2001:db8::6', port: 80 };
    await ipvs.addService(web6);
    await ipvs.addDestination(web6, b6);
    kernel.traffic(web, { destination: b, active: 1 });
    kernel.traffic(web6, { destination: b6, active: 1 });
    const drain = { deadlines: memoryDeadlines(), wait: false };
    await reconcile(ipvs, wanted, { drain, scope: { addresses: [web.address] } });
    const own = [...(await drain.deadlines.load())];
    await reconcile(ipvs, [{ service: web6, destinations: [] }], { drain, scope: { addresses: [web6.address] } });
    expect([...(await drain.deadlines.load())]).toEqual([
      ...own,
      [expect.stringContaining(b6.address), expect.any(Number)],
    ]);
  });

  test('drains a service that is not wanted', async () => {
    const drain = { deadlines: memoryDeadlines(), wait: false };
    kernel.traffic(web, { destination: b, inactive: 1 });
    expect((await reconcile(ipvs, [], { drain })).draining).toMatchObject([{ destination: b }]);
    expect(await ipvs.destinations(web)).toMatchObject([{ weight: 0 }, { weight: 0 }]);
    kernel.traffic(web, { destination: b, inactive: -1 });
    expect((await reconcile(ipvs, [], { drain })).done).toEqual([{ type: 'removeService', service: web }]);
  });
});

describe('beside another process that changes the same table', () => {
  const anyChange = fc.record({
    table: similarTable('6.12'),
    pick: fc.nat(),
  });

  test('it converges when the other stops, and touches nothing outside its scope', async () => {
    const scope = (service: ServiceKey) => 'protocol' in service && service.protocol === 'tcp';
    await fc.assert(
      fc.asyncProperty(
        similarTable('6.12'),
        fc.array(anyChange, { minLength: 5, maxLength: 20 }),
        async (desired, changes) => {
          const shared = new FakeKernel();
          const [own, other] = [await Ipvs.open({ kernel: shared }), await Ipvs.open({ kernel: shared })];
          const ours = desired.filter(({ service }) => scope(service));
          const foreign: Change[] = [];
          const interfere = async () => {
            const next = changes.pop();
            if (!next) return;
            const planned = plan(await readTable(other), next.table);
            const change = planned[next.pick % Math.max(1, planned.length)];
            if (!change) return;
            const outcome = await applyChange(other, change).then(
              () => true,
              () => false,
            );
            if (outcome && 'service' in change && change.service && !scope(change.service)) foreign.push(change);
          };
          const client = wrapClient(own, {
            services: (options) => interfere().then(() => own.services(options)),
            addService: (service) => interfere().then(() => own.addService(service)),
            addDestination: (key, spec: DestinationSpec) => interfere().then(() => own.addDestination(key, spec)),
            patchDestination: (...parameters) => interfere().then(() => own.patchDestination(...parameters)),
          });
          while (changes.length > 0) await reconcile(client, ours, { scope, rounds: 1 });
          const { remaining } = await reconcile(client, ours, { scope });
          expect(remaining).toEqual([]);
          const table = sortedTable(await readTable(own));
          expect(table.filter(({ service }) => scope(service))).toEqual(expectedTable(ours));
          const alone = await Ipvs.open({ kernel: new FakeKernel() });
          for (const change of foreign) await applyChange(alone, change);
          expect(table.filter(({ service }) => !scope(service))).toEqual(sortedTable(await readTable(alone)));
          for (const each of [own, other, alone]) await each.close();
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('services that are named', () => {
  test('are read and changed alone, and the deadlines of others stay', async () => {
    const services = [web, web6, { fwmark: 7, family: 'inet6', scheduler: 'rr' }] as const;
    await write(services.map((service) => ({ service, destinations: [] })));
    const [first, second, third] = services;
    const busy: [ServiceKey, typeof a][] = [
      [first, a],
      [second, { address: '2001:db8::5', port: 80 }],
      [third, { address: '2001:db8::6', port: 80 }],
    ];
    for (const [service, destination] of busy) {
      await ipvs.addDestination(service, destination);
      kernel.traffic(service, { destination, active: 1 });
    }
    const deadlines = memoryDeadlines();
    const drain = { deadlines, wait: false, deadline: 60 };
    const empty = services.map((service) => ({ service, destinations: [] }));
    await reconcile(ipvs, empty, { drain });
    expect((await deadlines.load()).size).toBe(3);

    const before = kernel.requests.length;
    const wanted = [{ service: first, destinations: [{ ...a, weight: 3 }] }];
    const { done, remaining } = await reconcile(ipvs, wanted, { drain, services: [first] });
    expect(done.map(({ type }) => type)).toEqual(['patchDestination']);
    expect(remaining).toEqual([]);
    expect([...(await deadlines.load()).keys()].sort()).toEqual(
      ['fwmark 7 inet6 [2001:db8::6]:80', `tcp [${second.address}]:${second.port} [2001:db8::5]:80`].sort(),
    );
    const read = kernel.requests.slice(before).filter(({ command }) => command === 'IPVS_CMD_GET_SERVICE');
    expect(read.map(({ dump }) => dump)).not.toContain(true);

    kernel.traffic(third, { destination: { address: '2001:db8::6', port: 80 }, active: -1 });
    await reconcile(ipvs, [], { drain, services: [third] });
    expect((await ipvs.services()).map((service) => service.fwmark)).not.toContain(7);
    expect((await deadlines.load()).size).toBe(1);
  });

  test('are all that may be wanted, or nothing is read', async () => {
    const before = kernel.requests.length;
    await expect(reconcile(ipvs, [{ service: web, destinations: [] }], { services: [web6] })).rejects.toMatchObject({
      code: 'ERR_INPUT',
      path: 'desired[0].service',
    });
    expect(kernel.requests).toHaveLength(before);
  });
});
