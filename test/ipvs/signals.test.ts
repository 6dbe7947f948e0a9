import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const server = (port: number) => ({ address: '192.0.2.20', port });

/** Counts the listeners of a signal; adding and removing are seen whoever does it. */
function watched() {
  const controller = new AbortController();
  const { signal } = controller;
  let [listeners, most] = [0, 0];
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    most = Math.max(most, ++listeners);
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  return { controller, signal, counts: () => ({ listeners, most }) };
}

async function open() {
  const kernel = new FakeKernel();
  const ipvs = await Ipvs.open({ kernel });
  await ipvs.addService(web);
  return { kernel, ipvs };
}

test('any number of calls have one listener on a signal, and none when they are done', async () => {
  const { ipvs } = await open();
  const { signal, counts } = watched();
  await Promise.all(Array.from({ length: 50 }, (_, i) => ipvs.addDestination(web, server(i + 1), { signal })));
  for await (const _ of ipvs.table({ signal }));
  await Promise.all([
    ipvs.patchDestination(web, server(1), { weight: 1 }, { signal }),
    ipvs.patchDestination(web, server(1), { weight: 2 }, { signal }),
    ipvs.patchDestination(web, server(2), { weight: 2 }, { signal }),
    ipvs.patchService(web, { scheduler: 'rr' }, { signal }),
  ]);
  expect(counts()).toEqual({ listeners: 0, most: 1 });
});

test('50,000 calls that wait are aborted by one signal, and none is carried out', { timeout: 60_000 }, async () => {
  const { kernel, ipvs } = await open();
  const controller = new AbortController();
  const { signal } = controller;
  const asked = kernel.requests.length;
  const calls = Array.from({ length: 50_000 }, (_, i) => ipvs.addDestination(web, server(i + 1), { signal }));
  controller.abort(new Error('enough'));
  const outcomes = await Promise.allSettled(calls);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toEqual([]);
  expect(new Set(outcomes.map((each) => each.status === 'rejected' && each.reason))).toEqual(new Set([signal.reason]));
  expect(kernel.requests).toHaveLength(asked);
  await ipvs.addDestination(web, server(1));
});

test.each<[name: string, call: (ipvs: Ipvs, signal: AbortSignal) => Promise<unknown>]>([
  ['info', (ipvs, signal) => ipvs.info({ signal })],
  ['features', (ipvs, signal) => ipvs.features({ signal })],
  ['timeouts', (ipvs, signal) => ipvs.timeouts({ signal })],
  ['setTimeouts', (ipvs, signal) => ipvs.setTimeouts({ tcp: 9 }, { signal })],
  ['services', (ipvs, signal) => ipvs.services({ signal })],
  ['service', (ipvs, signal) => ipvs.service(web, { signal })],
  ['addService', (ipvs, signal) => ipvs.addService({ ...web, port: 81 }, { signal })],
  ['updateService', (ipvs, signal) => ipvs.updateService(web, { signal })],
  ['patchService', (ipvs, signal) => ipvs.patchService(web, {}, { signal })],
  ['removeService', (ipvs, signal) => ipvs.removeService(web, { signal })],
  ['destinations', (ipvs, signal) => ipvs.destinations(web, { signal })],
  ['addDestination', (ipvs, signal) => ipvs.addDestination(web, server(1), { signal })],
  ['updateDestination', (ipvs, signal) => ipvs.updateDestination(web, server(1), { signal })],
  ['patchDestination', (ipvs, signal) => ipvs.patchDestination(web, server(1), {}, { signal })],
  ['removeDestination', (ipvs, signal) => ipvs.removeDestination(web, server(1), { signal })],
  ['flush', (ipvs, signal) => ipvs.flush({ signal })],
  ['table', (ipvs, signal) => ipvs.table({ signal }).next()],
  ['zero', (ipvs, signal) => ipvs.zero(web, { signal })],
  ['daemons', (ipvs, signal) => ipvs.daemons({ signal })],
  ['startDaemon', (ipvs, signal) => ipvs.startDaemon({ state: 'master', interface: 'd0' }, { signal })],
  ['stopDaemon', (ipvs, signal) => ipvs.stopDaemon('master', { signal })],
  ['statistics', (ipvs, signal) => ipvs.statistics({ signal })],
  ['cpuStatistics', (ipvs, signal) => ipvs.cpuStatistics({ signal })],
  ['status', (ipvs, signal) => ipvs.status({ signal })],
  ['sysctls', (ipvs, signal) => ipvs.sysctls({ signal })],
  ['setSysctls', (ipvs, signal) => ipvs.setSysctls({ conntrack: true }, { signal })],
  ['connections', (ipvs, signal) => ipvs.connections({}, { signal }).next()],
])('%s rejects with the reason of its signal, before it is sent', async (_, call) => {
  const { kernel, ipvs } = await open();
  const asked = kernel.requests.length;
  const reason = new Error('enough');
  await expect(call(ipvs, AbortSignal.abort(reason))).rejects.toBe(reason);
  const controller = new AbortController();
  const called = call(ipvs, controller.signal);
  controller.abort(reason);
  await expect(called).rejects.toBe(reason);
  expect(kernel.requests).toHaveLength(asked);
  expect(await ipvs.services()).toHaveLength(1);
  expect(await ipvs.sysctls()).toMatchObject({ conntrack: false });
});

test('no setting is written once the signal is aborted', async () => {
  const kernel = new FakeKernel();
  const controller = new AbortController();
  const { writeFile } = kernel;
  kernel.writeFile = async (...args) => {
    await writeFile.apply(kernel, args);
    controller.abort(new Error('enough'));
  };
  const ipvs = await Ipvs.open({ kernel });
  const settings = { conntrack: true, expire_nodest_conn: true, snat_reroute: false };
  await expect(ipvs.setSysctls(settings, { signal: controller.signal })).rejects.toThrow('enough');
  await setTimeout(1);
  expect(await ipvs.sysctls()).toMatchObject({ conntrack: true, expire_nodest_conn: false, snat_reroute: true });
});

test('an iteration that is aborted while an entry is held ends with it', async () => {
  const { kernel, ipvs } = await open();
  for (let mark = 1; mark < 20; mark++) await ipvs.addService({ fwmark: mark });
  await ipvs.addDestination(web, server(1));
  for (let port = 1; port < 20; port++)
    kernel.connections.add({
      protocol: 'tcp',
      source: { address: '198.51.100.7', port },
      virtual: { address: web.address, port: web.port },
      destination: server(1),
    });
  for (const iterate of [
    (signal: AbortSignal) => ipvs.table({ signal }),
    (signal: AbortSignal) => ipvs.connections({}, { signal }),
  ]) {
    const controller = new AbortController();
    let seen = 0;
    const iterating = (async () => {
      for await (const _ of iterate(controller.signal)) if (++seen === 2) controller.abort(new Error('enough'));
    })();
    await expect(iterating).rejects.toThrow('enough');
    expect(seen).toBe(2);
  }
});

test('a patch that is aborted while it waits for its turn lets the others have theirs', async () => {
  const { ipvs } = await open();
  await ipvs.addDestination(web, server(1));
  const controller = new AbortController();
  const outcomes = await Promise.allSettled([
    ipvs.patchDestination(web, server(1), { weight: 5 }),
    ipvs.patchDestination(web, server(1), { weight: 6 }, { signal: controller.signal }),
    ipvs.updateDestination(web, { ...server(1), weight: 7 }, { signal: controller.signal }),
    ipvs.patchDestination(web, server(1), { upperThreshold: 9 }),
    Promise.resolve().then(() => controller.abort()),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled', 'fulfilled']);
  expect(await ipvs.destinations(web)).toMatchObject([{ weight: 5, upperThreshold: 9 }]);
  await ipvs.removeService(web);
});

test('patches that are all aborted while they wait for their turn ask the kernel nothing', async () => {
  const { kernel, ipvs } = await open();
  await ipvs.addDestination(web, server(1));
  const controller = new AbortController();
  const asked = kernel.requests.length;
  const outcomes = await Promise.allSettled([
    ipvs.patchDestination(web, server(1), { weight: 5 }),
    ipvs.patchDestination(web, server(1), { weight: 6 }, { signal: controller.signal }),
    Promise.resolve().then(() => controller.abort()),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  await ipvs.services();
  const commands = kernel.requests.slice(asked).map(({ command }) => command);
  expect(commands).toEqual(['IPVS_CMD_GET_DEST', 'IPVS_CMD_SET_DEST', 'IPVS_CMD_GET_SERVICE']);
});

test('a call that is aborted while its refusal is looked into rejects with the reason alone', async () => {
  const { ipvs } = await open();
  const controller = new AbortController();
  const { signal } = controller;
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  process.on('unhandledRejection', note);
  const calls = [
    ipvs.addService(web, { signal }),
    ipvs.removeDestination(web, server(1), { signal }),
    ipvs.patchService(web, { scheduler: 'nosuch' }, { signal }),
  ];
  await Promise.all(calls).catch(() => controller.abort());
  const outcomes = await Promise.allSettled(calls);
  expect(outcomes.map((each) => each.status === 'rejected' && each.reason)).toMatchObject([
    { reason: 'service-exists' },
    signal.reason,
    signal.reason,
  ]);
  await setTimeout(10);
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

test('a patch that fails before it is written leaves nothing at its signal', async () => {
  const { kernel, ipvs } = await open();
  const { signal, counts } = watched();
  const patch = () => ipvs.patchDestination(web, server(1), { weight: 5 }, { signal });
  await expect(patch()).rejects.toMatchObject({ reason: 'no-such-destination' });
  kernel.refuse('ENOMEM', { command: 'IPVS_CMD_GET_DEST', times: 1 });
  await expect(patch()).rejects.toMatchObject({ code: 'ENOMEM' });
  expect(counts().listeners).toBe(0);
  const closed = patch();
  await Promise.all([ipvs.close(), expect(closed).rejects.toMatchObject({ code: 'ERR_NETLINK_CLOSED' })]);
  expect(counts().listeners).toBe(0);
});
