import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { applyChange, type Change, Ipvs } from '../../src/ipvs/index.ts';
import { type WatchEvent, type WatchOptions, watch } from '../../src/reconcile/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';

const web = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
const server = (n: number) => ({ address: `10.0.0.${n}`, port: 8080 });
const interval = 0.001;

let kernel: FakeKernel;
let ipvs: Ipvs;
beforeEach(async () => {
  kernel = new FakeKernel();
  ipvs = await Ipvs.open({ kernel });
});

/** The events up to the one that is looked for. */
async function until(events: AsyncGenerator<WatchEvent>, last: (event: WatchEvent) => boolean): Promise<WatchEvent[]> {
  const taken: WatchEvent[] = [];
  for (;;) {
    const { value, done } = await events.next();
    if (done) throw new Error('the watch ended');
    taken.push(value);
    if (last(value)) return taken;
  }
}

const types = (events: readonly WatchEvent[]) => events.map(({ type }) => type);
const isType = (type: WatchEvent['type']) => (event: WatchEvent) => event.type === type;

describe('a watch', () => {
  test('begins with what is there, and tells changes with what was before', async () => {
    await ipvs.addService(web);
    await ipvs.addDestination(web, server(1));
    const events = watch(ipvs, { interval });
    expect(types(await until(events, isType('addDestination')))).toEqual(['addService', 'addDestination']);

    await ipvs.updateService({ ...web, scheduler: 'rr' });
    await ipvs.patchDestination(web, server(1), { weight: 5, forwarding: { tunnel: 'gue', port: 5555 } });
    await ipvs.addDestination(web, server(2));
    const changes = await until(events, isType('updateDestination'));
    expect(changes.find(isType('updateService'))).toMatchObject({
      service: { ...web, scheduler: 'rr' },
      before: { scheduler: 'wlc' },
    });
    expect(changes.at(-1)).toMatchObject({
      destination: { ...server(1), weight: 5, forwarding: { tunnel: 'gue', port: 5555 } },
      before: { weight: 1, forwarding: 'masquerade' },
    });

    await ipvs.removeService(web);
    expect(types(await until(events, isType('removeService'))).sort()).toEqual([
      'removeDestination',
      'removeDestination',
      'removeService',
    ]);
  });

  test('takes no traffic for a change, and tells its rates when asked', async () => {
    await ipvs.addService(web);
    await ipvs.addDestination(web, server(1));
    const events = watch(ipvs, { interval, rates: true });
    await until(events, isType('addDestination'));
    kernel.traffic(web, { destination: server(1), connections: 2, incomingPackets: 10, incomingBytes: 1000 });
    kernel.tick();
    const [event, ...others] = await until(events, isType('rates'));
    expect(others).toEqual([]);
    if (event?.type !== 'rates') throw new Error('no rates');
    const [service] = event.services;
    expect(service?.rates.incomingBytes).toBeCloseTo(1000 / event.seconds);
    expect(service?.destinations[0]?.rates.connections).toBeCloseTo(2 / event.seconds);
  });

  test('counts from zero what was zeroed meanwhile', async () => {
    await ipvs.addService(web);
    await ipvs.addDestination(web, server(1));
    kernel.traffic(web, { incomingPackets: 10 });
    kernel.tick();
    const events = watch(ipvs, { interval, rates: true });
    await until(events, isType('addDestination'));
    await ipvs.zero();
    const event = (await until(events, isType('rates'))).at(-1);
    expect(event?.type === 'rates' && event.services[0]?.rates.incomingPackets).toBe(0);
  });

  test('makes another table follow: no change is lost or told twice', async () => {
    const change: fc.Arbitrary<Change> = fc.oneof(
      ...[80, 81].flatMap((port) => {
        const service = { ...web, port };
        const destination = fc.integer({ min: 1, max: 3 }).map(server);
        return [
          fc
            .constantFrom('rr', 'wlc')
            .map((scheduler) => ({ type: 'addService', service: { ...service, scheduler } }) as const),
          fc
            .constantFrom('rr', 'wlc')
            .map((scheduler) => ({ type: 'updateService', service: { ...service, scheduler } }) as const),
          fc.constant({ type: 'removeService', service } as const),
          destination.map((each) => ({ type: 'addDestination', service, destination: each }) as const),
          fc
            .tuple(destination, fc.nat(3))
            .map(
              ([each, weight]) => ({ type: 'updateDestination', service, destination: { ...each, weight } }) as const,
            ),
          destination.map((each) => ({ type: 'removeDestination', service, destination: each }) as const),
        ];
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { maxLength: 12 }), { maxLength: 5 }), async (steps) => {
        const [source, mirror] = await Promise.all([1, 2].map(() => Ipvs.open({ kernel: new FakeKernel() })));
        if (!source || !mirror) throw new Error('unreachable');
        const events = watch(source, { interval, rates: true });
        await until(events, isType('rates'));
        for (const step of steps) {
          await Promise.allSettled(step.map((each) => applyChange(source, each)));
          // The first reading may have begun before the step; the mirror refuses whatever would come twice.
          for (const _ of [1, 2])
            for (const event of await until(events, isType('rates')))
              if (event.type !== 'rates') await applyChange(mirror, event as Change);
          expect(await settings(mirror)).toEqual(await settings(source));
        }
        await events.return();
        await Promise.all([source.close(), mirror.close()]);
      }),
      { numRuns: 50 },
    );
  });

  test('gives whoever is slow the newest state', async () => {
    await ipvs.addService(web);
    const events = watch(ipvs, { interval });
    await events.next();
    for (let weight = 1; weight <= 50; weight++) {
      await (weight === 1 ? ipvs.addDestination(web, server(1)) : ipvs.patchDestination(web, server(1), { weight }));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect((await events.next()).value).toMatchObject({ type: 'addDestination', destination: { weight: 50 } });
  });

  test('tells an interruption once, and afterwards what changed meanwhile', async () => {
    await ipvs.addService(web);
    const events = watch(ipvs, { interval });
    await events.next();
    kernel.refuse('ENOMEM', { command: 'GET_SERVICE', times: 3 });
    const writer = await Ipvs.open({ kernel });
    await writer.addDestination(web, server(1));
    const told = await until(events, isType('addDestination'));
    expect(types(told)).toEqual(['interrupted', 'resumed', 'addDestination']);
    expect(told[0]).toMatchObject({ error: { code: 'ENOMEM' } });
  });

  test('survives an overrun', async () => {
    await ipvs.addService(web);
    const events = watch(ipvs, { interval });
    await events.next();
    kernel.overrun();
    expect(await until(events, isType('resumed'))).toMatchObject([
      { type: 'interrupted', error: { code: 'ERR_NETLINK_OVERRUN' } },
      { type: 'resumed' },
    ]);
  });

  test('opens another connection where the old one leads nowhere, and closes it', async () => {
    await ipvs.addService(web);
    const others: Ipvs[] = [];
    const gone = new Proxy(ipvs, {
      get: (target, name) =>
        name === 'table' && others.length === 0 && seen
          ? () => {
              kernel.refuse('ENOENT', { times: 1 });
              return target.table();
            }
          : Reflect.get(target, name).bind(target),
    });
    let seen = false;
    const events = watch(gone, {
      interval,
      reopen: async () => {
        const other = await Ipvs.open({ kernel });
        others.push(other);
        return other;
      },
    });
    await events.next();
    seen = true;
    expect(types(await until(events, isType('resumed')))).toEqual(['interrupted', 'resumed']);
    await events.return();
    expect(others).toHaveLength(1);
    await expect(others[0]?.info()).rejects.toMatchObject({ code: 'ERR_NETLINK_CLOSED' });
    await ipvs.info(); // which is its owner's to close
  });

  test('ends with the signal, or with its Ipvs', async () => {
    const controller = new AbortController();
    const events = watch(ipvs, { signal: controller.signal });
    const next = events.next();
    setTimeout(() => controller.abort(new Error('enough')), 10);
    await expect(next).rejects.toThrow('enough');
    expect(await events.next()).toMatchObject({ done: true });
    const others = watch(ipvs, { interval });
    const ended = others.next();
    await ipvs.close();
    await expect(ended).rejects.toMatchObject({ code: 'ERR_NETLINK_CLOSED' });
  });

  test.each([{ interval: 0 }, { interval: Number.NaN }, { interval: 2 ** 31 }, { intervall: 1 }])(
    'rejects with %j',
    async (options) => {
      await expect(watch(ipvs, options as WatchOptions).next()).rejects.toMatchObject({ code: 'ERR_INPUT' });
    },
  );
});

/** The table without what counts, in an order of its own. */
async function settings(of: Ipvs): Promise<unknown[]> {
  const table: unknown[] = [];
  for await (const { service, destinations } of of.table()) {
    const { statistics: _, ...kept } = service;
    const servers = destinations.map(({ address, port, weight, forwarding }) => ({
      address,
      port,
      weight,
      forwarding,
    }));
    table.push({ ...kept, destinations: servers.sort((a, b) => (a.address < b.address ? -1 : 1)) });
  }
  return table.map((entry) => JSON.stringify(entry)).sort();
}
