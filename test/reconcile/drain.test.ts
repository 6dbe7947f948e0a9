import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type DestinationSpec, InputError, Ipvs, TransportError } from '../../src/ipvs/index.ts';
import {
  apply,
  type DeadlineStore,
  drain,
  fileDeadlines,
  memoryDeadlines,
  type Progress,
} from '../../src/reconcile/index.ts';
import { steadyNow } from '../../src/reconcile/steady-now.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { web, web6 } from '../contract/expected.ts';
import { wrapClient } from '../support/ipvs/wrap-client.ts';

const a = { address: '10.0.0.5', port: 80 };
const b = { address: '10.0.0.6', port: 80 };
const removeA = { type: 'removeDestination', service: web, destination: a } as const;
const removeB = { type: 'removeDestination', service: web, destination: b } as const;
const removeWeb = { type: 'removeService', service: web } as const;

/** Seconds that are soon over. */
const SOON = 0.001;
/** Seconds that no test waits for. */
const NEVER = 1_000_000;

let kernel: FakeKernel;
let ipvs: Ipvs;

beforeEach(async () => {
  kernel = new FakeKernel();
  ipvs = await Ipvs.open({ kernel });
  await ipvs.addService(web);
  for (const each of [a, b]) await ipvs.addDestination(web, each);
});
afterEach(() => ipvs.close());

function connections(
  destination: DestinationSpec,
  counts: { active?: number; inactive?: number; persistent?: number },
) {
  kernel.traffic(web, { destination, ...counts });
}

/** What each reading finds is told to `next`, which may let connections end. */
function watching(next: (progress: Progress, reading: number) => void): (progress: Progress) => void {
  let reading = 0;
  return (progress) => next(progress, reading++);
}

describe('draining', () => {
  test('removes what has no connections without waiting', async () => {
    const { done } = await drain(ipvs, [removeA], { deadline: NEVER, interval: NEVER });
    expect(done).toEqual([removeA]);
    expect(await ipvs.destinations(web)).toMatchObject([b]);
  });

  test('takes the weight first, waits for active and inactive connections, and removes then', async () => {
    connections(a, { active: 2, inactive: 1 });
    const weights: number[] = [];
    const seen: (number | undefined)[] = [];
    const progress = watching(({ draining }, reading) => {
      seen.push(draining[0]?.connections);
      if (reading === 1) connections(a, { active: -2, inactive: 2 });
      if (reading === 2) connections(a, { inactive: -3 });
    });
    const client = wrapClient(ipvs, {
      removeDestination: async (service, destination) => {
        weights.push(...(await ipvs.destinations(service)).map(({ weight }) => weight));
        await ipvs.removeDestination(service, destination);
      },
    });
    const result = await drain(client, [removeA], { deadline: NEVER, interval: SOON, progress });
    expect(result).toEqual({ done: [removeA], unneeded: [], failed: [], draining: [], cut: [] });
    expect(seen).toEqual([3, 3, 3, undefined]);
    expect(weights).toEqual([1, 0]);
  });

  test('removes at the deadline what has connections still, and says which', async () => {
    connections(a, { active: 2 });
    const { done, cut } = await drain(ipvs, [removeA], { deadline: 0.05, interval: NEVER });
    expect(done).toEqual([removeA]);
    expect(cut).toEqual([{ service: web, destination: a, connections: 2, deadline: expect.any(Number) }]);
  });

  test('reads each service once an interval, however many of its destinations drain', async () => {
    const servers = Array.from({ length: 50 }, (_, i) => ({ address: `10.0.1.${i}`, port: 80 }));
    for (const each of servers) await ipvs.addDestination(web, each);
    for (const each of servers) connections(each, { active: 1 });
    kernel.requests.length = 0;
    let readings = 0;
    const progress = watching((_, reading) => {
      readings = reading + 1;
      for (const each of servers.slice(10 * (reading - 1), 10 * reading)) connections(each, { active: -1 });
    });
    const targets = servers.map((destination) => ({ service: web, destination }));
    expect((await drain(ipvs, targets, { deadline: NEVER, interval: SOON, progress })).done).toHaveLength(50);
    const listings = kernel.requests.filter(({ command }) => command === 'IPVS_CMD_GET_DEST');
    // One more reads what the weights are patched upon.
    expect(listings).toHaveLength(readings + 1);
  });

  test('takes the weight again where others have raised it', async () => {
    connections(a, { active: 1 });
    const client = wrapClient(ipvs, {
      destinations: async (key, options) => {
        const list = await ipvs.destinations(key, options);
        if (list.some(({ weight }) => weight === 0)) await ipvs.patchDestination(web, a, { weight: 5 });
        return list;
      },
    });
    const progress = watching((_, reading) => reading === 4 && connections(a, { active: -1 }));
    const { done } = await drain(client, [removeA], { deadline: NEVER, interval: SOON, progress });
    expect(done).toEqual([removeA]);
  });

  test('drains a service with all of its destinations, also such as are added meanwhile', async () => {
    connections(a, { active: 1 });
    const c = { address: '10.0.0.7', port: 80 };
    const quiet: string[] = [];
    const client = wrapClient(ipvs, {
      patchDestination: (service, destination, patch) => {
        quiet.push(destination.address);
        return ipvs.patchDestination(service, destination, patch);
      },
      destinations: async (key, options) => {
        if (quiet.length === 2) await ipvs.addDestination(web, c);
        return ipvs.destinations(key, options);
      },
    });
    const progress = watching((_, reading) => reading === 2 && connections(a, { active: -1 }));
    expect((await drain(client, [{ service: web }], { deadline: NEVER, interval: SOON, progress })).done).toEqual([
      removeWeb,
    ]);
    expect(quiet.toSorted()).toEqual([a.address, b.address, c.address]);
    expect(await ipvs.services()).toEqual([]);
  });

  test('removes at once what is not to be drained', async () => {
    for (const each of [a, b]) connections(each, { active: 1 });
    const when = (_: object, { address }: DestinationSpec) => address === a.address;
    const left: number[] = [];
    const progress = watching(async ({ settled }, reading) => {
      left.push(settled);
      if (reading === 1) connections(a, { active: -1 });
    });
    await drain(ipvs, [removeA, removeB], { deadline: NEVER, interval: SOON, when, progress });
    expect(left).toEqual([1, 1, 2]);
  });

  test('counts what others have removed as not needed', async () => {
    const gone = { service: web6, destination: b };
    connections(a, { active: 1 });
    const progress = watching((_, reading) => reading === 1 && void ipvs.removeDestination(web, a));
    const { done, unneeded } = await drain(ipvs, [removeA, gone], { deadline: NEVER, interval: SOON, progress });
    expect(done).toEqual([]);
    expect(unneeded).toEqual([{ ...gone, type: 'removeDestination' }, removeA]);
  });

  test('leaves a destination whose weight it may not take', async () => {
    connections(a, { active: 1 });
    kernel.refuse('EPERM', { command: 'IPVS_CMD_SET_DEST' });
    const { done, failed } = await drain(ipvs, [removeA, removeB], { deadline: NEVER, interval: SOON });
    expect(failed).toMatchObject([{ error: { reason: 'not-permitted' }, change: { destination: a } }]);
    expect(done).toEqual([removeB]);
    expect(await ipvs.destinations(web)).toMatchObject([{ ...a, weight: 1 }]);
  });

  test('reads again where an answer was lost, and gives up where nobody answers', async () => {
    connections(a, { active: 1 });
    let readings = 0;
    const client = wrapClient(ipvs, {
      destinations: async (key, options) => {
        if (++readings === 2) throw new TransportError('ERR_NETLINK_OVERRUN', 'The receive buffer overran');
        return ipvs.destinations(key, options);
      },
    });
    const progress = watching((_, reading) => reading === 2 && connections(a, { active: -1 }));
    const { done } = await drain(client, [removeA], { deadline: NEVER, interval: SOON, progress });
    expect(done).toEqual([removeA]);
    connections(b, { active: 1 });
    const close = watching((_, reading) => reading === 1 && void ipvs.close());
    const { failed } = await drain(ipvs, [removeB], { deadline: NEVER, interval: SOON, progress: close });
    expect(failed).toMatchObject([{ change: removeB, error: { code: 'ERR_NETLINK_CLOSED' } }]);
  });

  test('is aborted while it waits, and leaves the weight at 0 for whoever drains on', async () => {
    connections(a, { active: 1 });
    const abort = new AbortController();
    const progress = watching((_, reading) => reading === 1 && setImmediate(() => abort.abort('enough')));
    const draining = drain(ipvs, [removeA], { deadline: NEVER, interval: NEVER, progress, signal: abort.signal });
    await expect(draining).rejects.toBe('enough');
    expect(await ipvs.destinations(web)).toMatchObject([b, { ...a, weight: 0 }]);
  });

  test('is what removals become when changes are applied with it', async () => {
    connections(a, { active: 1 });
    const add = { type: 'addDestination', service: web, destination: { address: '10.0.0.7', port: 80 } } as const;
    const before: number[] = [];
    const progress = watching(async ({ settled }, reading) => {
      before.push(settled);
      if (reading === 2) connections(a, { active: -1 });
    });
    const { done } = await apply(ipvs, [add, removeA], { drain: { interval: SOON }, progress });
    expect(done).toEqual([add, removeA]);
    expect(before).toEqual([1, 1, 1, 2, 2]);
  });

  test.each<[object, string]>([
    [{ deadline: -1 }, 'drain.deadline must be a number from 0'],
    [{ interval: 0 }, 'drain.interval must be a number from 0.001'],
    [{ interval: Number.NaN }, 'drain.interval must be'],
    [{ wait: false }, 'drain.deadlines must be given where wait is false'],
    [{ deadlin: 1 }, 'drain.deadlin is unknown (did you mean deadline?)'],
  ])('refuses %j', async (options, message) => {
    await expect(drain(ipvs, [removeA], options)).rejects.toThrow(message);
    await expect(apply(ipvs, [removeA], { drain: options })).rejects.toThrow(InputError);
  });
});

describe('persistence templates', () => {
  test('are waited for, unless they are said to have no effect', async () => {
    connections(a, { persistent: 3 });
    const waiting = await drain(ipvs, [removeA], { deadlines: memoryDeadlines(), wait: false });
    expect(waiting.draining).toMatchObject([{ destination: a, connections: 3 }]);
    expect((await drain(ipvs, [removeA], { templates: false })).done).toEqual([removeA]);
  });

  test.each([
    ['1\n', true],
    ['0\n', false],
  ])('have an effect as expire_quiescent_template says, %j', async (text, removed) => {
    connections(a, { persistent: 3 });
    const paths: string[] = [];
    const withFile = Object.assign(new FakeKernel(), {
      async *readFile(path: string) {
        paths.push(path);
        yield new TextEncoder().encode(text);
      },
    });
    const { done } = await drain(ipvs, [removeA], { kernel: withFile, deadlines: memoryDeadlines(), wait: false });
    expect(paths).toEqual(['/proc/sys/net/ipv4/vs/expire_quiescent_template']);
    expect(done).toEqual(removed ? [removeA] : []);
  });
});

describe('deadlines', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ipvs-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test.each([
    ['memory', () => memoryDeadlines()],
    ['a file', () => fileDeadlines(join(folder, 'deadlines.json'))],
  ])('in %s hold over several calls', async (_, open) => {
    const deadlines: DeadlineStore = open();
    connections(a, { active: 1 });
    const first = await drain(ipvs, [removeA], { deadline: 60, deadlines, wait: false });
    const again = await drain(ipvs, [removeA], { deadline: NEVER, deadlines, wait: false });
    expect(again.draining).toEqual(first.draining);
    connections(a, { active: -1 });
    expect((await drain(ipvs, [removeA], { deadlines, wait: false })).done).toEqual([removeA]);
    expect(await deadlines.load()).toEqual(new Map());
  });

  test.each([
    ['back', -3_600_000],
    ['forward', 3_600_000],
  ])("stand where the system's clock is set %s by an hour", async (_, milliseconds) => {
    const deadlines = memoryDeadlines();
    connections(a, { active: 1 });
    const { draining } = await drain(ipvs, [removeA], { deadline: 0.2, deadlines, wait: false });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds });
    onTestFinished(() => void vi.useRealTimers());
    expect((await drain(ipvs, [removeA], { deadlines, wait: false })).draining).toEqual(draining);
    await setTimeout(250);
    expect((await drain(ipvs, [removeA], { deadlines, wait: false })).cut).toMatchObject([{ destination: a }]);
  });

  test('in a file are carried on with by another process', async () => {
    const path = join(folder, 'deadlines.json');
    connections(a, { active: 1 });
    await drain(ipvs, [removeA], { deadlines: fileDeadlines(path), wait: false });
    expect(Object.keys(JSON.parse(await readFile(path, 'utf8')))).toEqual(['tcp 192.0.2.10:80 10.0.0.5:80']);
    await writeFile(path, '{ "tcp 192.0.2.10:80 10.0.0.5:80": "2026-01-01T00:00:00.000Z" }');
    const { cut } = await drain(ipvs, [removeA], { deadline: NEVER, deadlines: fileDeadlines(path) });
    expect(cut).toMatchObject([{ destination: a, deadline: Date.UTC(2026, 0) }]);
  });

  test('are kept before a weight is taken, so that a crash leaves none behind without one', async () => {
    connections(a, { active: 1 });
    const events: string[] = [];
    const store = memoryDeadlines();
    const deadlines = {
      ...store,
      save: async (all: ReadonlyMap<string, number>) => void events.push(`save ${all.size}`),
    };
    const client = wrapClient(ipvs, { patchDestination: async () => void events.push('patch') });
    await drain(client, [removeA], { deadlines, wait: false });
    expect(events.slice(0, 2)).toEqual(['save 1', 'patch']);
  });

  test.each([
    ['a longer drain', Date.now() + NEVER * 1000],
    ['a clock that was ahead', Date.UTC(2100, 0)],
  ])('that come from %s are brought forward', async (_, stored) => {
    const deadlines = memoryDeadlines();
    await deadlines.save(new Map([['tcp 192.0.2.10:80 10.0.0.5:80', stored]]));
    connections(a, { active: 1 });
    const { draining } = await drain(ipvs, [removeA], { deadline: 60, deadlines, wait: false });
    expect(draining[0]?.deadline).toBeLessThanOrEqual(steadyNow() + 60_000);
    expect((await drain(ipvs, [removeA], { deadline: 60, deadlines, wait: false })).draining).toEqual(draining);
    expect((await drain(ipvs, [removeA], { deadline: 0, deadlines, wait: false })).cut).toHaveLength(1);
  });

  test.each(['IPVS_CMD_GET_DEST', 'IPVS_CMD_DEL_DEST'])('stand where %s fails', async (command) => {
    const deadlines = memoryDeadlines();
    const name = 'tcp 192.0.2.10:80 10.0.0.5:80';
    await deadlines.save(new Map([[name, Date.UTC(2026, 0)]]));
    connections(a, { active: 1 });
    kernel.refuse('ENOMEM', { command });
    expect((await drain(ipvs, [removeA], { deadline: NEVER, deadlines })).failed).toHaveLength(1);
    expect([...(await deadlines.load())]).toEqual([[name, Date.UTC(2026, 0)]]);
    expect((await drain(ipvs, [removeA], { deadline: NEVER, deadlines })).cut).toHaveLength(1);
    expect(await deadlines.load()).toEqual(new Map());
  });

  test('are not kept by a drain that was aborted before it began', async () => {
    const deadlines = memoryDeadlines();
    await expect(drain(ipvs, [removeA], { deadlines, signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
    expect(await deadlines.load()).toEqual(new Map());
  });

  test.each(['', '[', '7', 'null', '{ "x": 7 }', '{ "x": "soon" }'])(
    'that cannot be read are not lost: %j',
    async (text) => {
      const path = join(folder, 'deadlines.json');
      await writeFile(path, text);
      await expect(drain(ipvs, [removeA], { deadlines: fileDeadlines(path) })).rejects.toThrow(InputError);
      expect(await readFile(path, 'utf8')).toBe(text);
      expect(await ipvs.destinations(web)).toHaveLength(2);
    },
  );

  test('that cannot be written are an error with the file', async () => {
    const path = join(folder, 'missing', 'deadlines.json');
    const deadlines = fileDeadlines(path);
    await expect(drain(ipvs, [removeA], { deadlines })).rejects.toMatchObject({ code: 'ENOENT', path });
  });
});
