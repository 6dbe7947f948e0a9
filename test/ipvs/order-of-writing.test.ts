import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyChange, type Change, Ipvs, IpvsError, type Transport } from '../../src/ipvs/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { kernelOf } from '../support/netlink/kernel-of.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const marked = { fwmark: 7 } as const;
const [one, two] = [
  { address: '192.0.2.20', port: 80 },
  { address: '192.0.2.21', port: 80 },
];

test('a patch keeps what an update has set before, beside a patch of another destination', async () => {
  const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
  await Promise.all([ipvs.addService(web), ipvs.addDestination(web, one), ipvs.addDestination(web, two)]);
  await Promise.all([
    ipvs.patchDestination(web, one, { weight: 5 }),
    ipvs.updateDestination(web, { ...two, weight: 77 }),
    ipvs.patchDestination(web, two, { upperThreshold: 5 }),
  ]);
  expect(await ipvs.destinations(web)).toMatchObject([
    { ...two, weight: 77, upperThreshold: 5 },
    { ...one, weight: 5 },
  ]);
});

test('an update that is made while a patch is under way comes after it', async () => {
  const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
  await Promise.all([ipvs.addService(web), ipvs.addDestination(web, one)]);
  await Promise.all([
    ipvs.patchDestination(web, one, { weight: 5, upperThreshold: 5 }),
    ipvs.updateDestination(web, { ...one, weight: 77 }),
    ipvs.patchService(web, { scheduler: 'rr', flags: { 'flag-1': true } }),
    ipvs.updateService({ ...web, scheduler: 'lc' }),
  ]);
  expect(await ipvs.destinations(web)).toMatchObject([{ weight: 77, upperThreshold: 0 }]);
  expect(await ipvs.service(web)).toMatchObject({ scheduler: 'lc', flags: {} });
});

test('counters are set to zero in the order of the calls', async () => {
  const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
  await ipvs.addService(web);
  await Promise.all([
    ipvs.patchService(web, { scheduler: 'rr' }),
    ipvs.flush(),
    ipvs.addService(marked),
    ipvs.zero(marked),
  ]);
});

const service = fc.constantFrom(web, marked);
const destination = fc.constantFrom(one, two);
const few = fc.integer({ min: 1, max: 99 });
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant('addService'), service }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('updateService'),
      service: fc.tuple(service, fc.constantFrom('rr', 'lc')).map(([key, scheduler]) => ({ ...key, scheduler })),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('patchService'),
      service,
      patch: fc.oneof(
        fc.record({ scheduler: fc.constantFrom('rr', 'lc', 'wrr') }),
        fc.record({ persistence: fc.record({ timeout: few }) }),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('removeService'), service }) },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constantFrom('addDestination', 'updateDestination'),
      service,
      destination: fc.tuple(destination, few).map(([key, weight]) => ({ ...key, weight })),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('patchDestination'),
      service,
      destination,
      patch: fc.oneof(fc.record({ weight: few }), fc.record({ upperThreshold: few })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('removeDestination'), service, destination }) },
  { weight: 1, arbitrary: fc.constant({ type: 'flush' }) },
) as fc.Arbitrary<Change>;

/** What comes between two calls: nothing, some turns of the microtask queue, a tick, or a turn of the event loop. */
const gap = fc.oneof(fc.constantFrom(0, 0, -1, -2), fc.integer({ min: 1, max: 12 }));

async function wait(turns: number): Promise<void> {
  if (turns === -1) await new Promise<void>((resolve) => process.nextTick(resolve));
  if (turns === -2) await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < turns; i++) await undefined;
}

const start: readonly Change[] = [
  { type: 'addService', service: web },
  { type: 'addDestination', service: web, destination: one },
  { type: 'addDestination', service: web, destination: two },
];

/** A connection on which requests travel as few at a time as would fit a smaller receive buffer. */
function inBatches(receiveBuffer: number): Transport {
  const transport = new FakeKernel().connect();
  return {
    receiveBuffer,
    send: (datagram) => transport.send(datagram),
    receive: (into, options) => transport.receive(into, options),
    close: () => transport.close(),
  };
}

async function outcome(done: Promise<void>): Promise<string> {
  try {
    await done;
    return 'done';
  } catch (error) {
    return error instanceof IpvsError ? error.reason : String(error);
  }
}

/** The table, in an order that does not depend on which of two entries was added first. */
async function tableOf(ipvs: Ipvs): Promise<unknown[]> {
  const table: unknown[] = [];
  for await (const { service, destinations } of ipvs.table())
    table.push({ service, destinations: [...destinations].sort((a, b) => (a.address < b.address ? -1 : 1)) });
  return table;
}

// IPVS_RUNS=100000 for a long search.
const numRuns = Number(process.env['IPVS_RUNS'] ?? 500);

test('calls have the outcomes they would have one at a time', { timeout: 3_600_000 }, async () => {
  const calls = fc.array(fc.tuple(change, gap), { minLength: 2, maxLength: 14 });
  await fc.assert(
    fc.asyncProperty(calls, fc.constantFrom(2000, 6000, 1 << 20), async (calls, receiveBuffer) => {
      const ipvs = await Ipvs.open({ kernel: kernelOf(inBatches(receiveBuffer)) });
      const alone = await Ipvs.open({ kernel: new FakeKernel() });
      for (const each of start) await Promise.all([applyChange(ipvs, each), applyChange(alone, each)]);

      const outcomes: Promise<string>[] = [];
      for (const [each, turns] of calls) {
        outcomes.push(outcome(applyChange(ipvs, each)));
        await wait(turns);
      }
      const expected: string[] = [];
      for (const [each] of calls) expected.push(await outcome(applyChange(alone, each)));

      expect(await Promise.all(outcomes)).toEqual(expected);
      expect(await tableOf(ipvs)).toEqual(await tableOf(alone));
    }),
    { numRuns },
  );
});
