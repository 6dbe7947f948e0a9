import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Change, type DestinationSpec, InputError, Ipvs } from '../../src/ipvs/index.ts';
import { apply, type Progress, plan, readTable, type TableEntrySpec } from '../../src/reconcile/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { web, web6 } from '../contract/expected.ts';
import { wrapClient } from '../support/ipvs/wrap-client.ts';

const a = { address: '10.0.0.5', port: 80 };
const b = { address: '10.0.0.6', port: 80 };
const addService: Change = { type: 'addService', service: web };
const add = (destination: DestinationSpec): Change => ({ type: 'addDestination', service: web, destination });
const remove = (destination: DestinationSpec): Change => ({ type: 'removeDestination', service: web, destination });
const patch = (destination: DestinationSpec, weight: number): Change => ({
  type: 'patchDestination',
  service: web,
  destination,
  patch: { weight },
});

let kernel: FakeKernel;
let ipvs: Ipvs;

beforeEach(async () => {
  kernel = new FakeKernel();
  ipvs = await Ipvs.open({ kernel });
});
afterEach(() => ipvs.close());

async function has(...destinations: DestinationSpec[]) {
  await ipvs.addService(web);
  for (const destination of destinations) await ipvs.addDestination(web, destination);
  kernel.requests.length = 0;
}

/** The names of the commands that changed something or failed to. */
function commands(): string[] {
  return kernel.requests
    .map(({ command }) => command.replace('IPVS_CMD_', ''))
    .filter((name) => /^(NEW|SET|DEL)/.test(name));
}

describe('applying changes', () => {
  test('carries them out in order, also patches, which read before they write', async () => {
    const changes = [addService, add(a), patch(a, 3), add(b), patch(b, 0), remove(a)];
    expect(await apply(ipvs, changes)).toEqual({ done: changes, unneeded: [], failed: [], draining: [], cut: [] });
    expect(commands()).toEqual(['NEW_SERVICE', 'NEW_DEST', 'SET_DEST', 'NEW_DEST', 'SET_DEST', 'DEL_DEST']);
    expect(await ipvs.destinations(web)).toMatchObject([{ ...b, weight: 0 }]);
  });

  test('sends few of many at a time and reports how far it came', async () => {
    const many = Array.from({ length: 1200 }, (_, i) => add({ address: `10.0.${i >> 8}.${i & 255}`, port: 80 }));
    const reports: Progress[] = [];
    let [underWay, most] = [0, 0];
    const counting = wrapClient(ipvs, {
      addDestination: async (...parameters) => {
        most = Math.max(most, ++underWay);
        await ipvs.addDestination(...parameters).finally(() => underWay--);
      },
    });
    await apply(counting, [addService, ...many], { progress: (progress) => reports.push(progress) });
    expect(most).toBeLessThanOrEqual(512);
    expect(reports.length).toBeGreaterThan(2);
    expect(reports.at(-1)).toEqual({ total: 1201, settled: 1201, failed: 0, draining: [] });
    expect(await ipvs.destinations(web)).toHaveLength(1200);
  });

  test('goes on where one fails, and says why', async () => {
    await has();
    kernel.refuse('ENOMEM', { command: 'IPVS_CMD_NEW_DEST' });
    const { done, failed } = await apply(ipvs, [add(a), add(b)]);
    expect(done).toEqual([add(b)]);
    expect(failed).toMatchObject([{ change: add(a), error: { code: 'ENOMEM', reason: 'other' } }]);
  });

  test('stops what depends on a service that could not be added, and nothing else', async () => {
    const other: Change = { type: 'addService', service: web6 };
    const strange: Change = { type: 'addService', service: { ...web, scheduler: 'nosuch' } };
    const { done, failed } = await apply(ipvs, [strange, add(a), other, patch(a, 3)]);
    expect(done).toEqual([other]);
    expect(failed).toMatchObject([
      { change: strange, error: { reason: 'no-such-scheduler' } },
      { change: add(a), error: { reason: 'no-such-service' }, because: strange },
      { change: patch(a, 3), error: { reason: 'no-such-scheduler' }, because: strange },
    ]);
    expect(commands()).not.toContain('SET_DEST');
  });

  test.each([
    ['removal', remove(a)],
    ['weight of 0', patch(a, 0)],
  ])('holds back the %s of the last destination whose successor could not be added', async (_, change) => {
    await has(a);
    kernel.refuse('ENOMEM', { command: 'IPVS_CMD_NEW_DEST' });
    const { failed } = await apply(ipvs, [add(b), change]);
    expect(failed).toMatchObject([{ change: add(b) }, { change, because: add(b), error: { code: 'ENOMEM' } }]);
    expect(await ipvs.destinations(web)).toMatchObject([{ ...a, weight: 1 }]);
  });

  test('does not hold back a removal where another destination is left, or a successor could be added', async () => {
    await has(a, b);
    const c = { address: '10.0.0.7', port: 80 };
    kernel.refuse('ENOMEM', { command: 'IPVS_CMD_NEW_DEST' });
    expect(await apply(ipvs, [add(c), remove(a)])).toMatchObject({ done: [remove(a)], failed: [{ change: add(c) }] });
    kernel.refuse('ENOMEM', { command: 'IPVS_CMD_NEW_DEST' });
    expect(await apply(ipvs, [add(c), add(a), remove(b)])).toMatchObject({ done: [add(a), remove(b)] });
  });

  test('patches what others have added meanwhile to what was to be added', async () => {
    await has({ ...a, weight: 7 }, b);
    await ipvs.updateService({ ...web, scheduler: 'rr' });
    expect(await apply(ipvs, [addService, add(a), add(b)])).toEqual({
      done: [
        { type: 'patchService', service: web, patch: { scheduler: 'wlc' } },
        { type: 'patchDestination', service: web, destination: a, patch: { weight: 1 } },
      ],
      unneeded: [add(b)],
      failed: [],
      draining: [],
      cut: [],
    });
  });

  test('takes what others have removed meanwhile for removed, but not for patched', async () => {
    await has();
    const gone: Change = { type: 'removeService', service: web6 };
    const { done, unneeded, failed } = await apply(ipvs, [remove(a), gone, patch(a, 2)]);
    expect({ done, unneeded }).toEqual({ done: [], unneeded: [remove(a), gone] });
    expect(failed).toMatchObject([{ change: patch(a, 2), error: { reason: 'no-such-destination' } }]);
  });

  test('adds again what is removed between the refusal and the reading', async () => {
    await has(a);
    const client = wrapClient(ipvs, {
      destinations: (key, options) => ipvs.removeDestination(key, a).then(() => ipvs.destinations(key, options)),
    });
    expect(await apply(client, [add(a)])).toMatchObject({ done: [add(a)], failed: [] });
    expect(await ipvs.destinations(web)).toMatchObject([a]);
  });

  test('does again what was not answered, so that it is known to be done', async () => {
    await has(a);
    const wanted: TableEntrySpec[] = [{ service: { ...web, scheduler: 'rr' }, destinations: [{ ...b, weight: 2 }] }];
    const changes = plan(await readTable(ipvs), wanted);
    kernel.overrun();
    const { done, unneeded, failed } = await apply(ipvs, changes);
    expect(failed).toEqual([]);
    expect(done.length + unneeded.length).toBe(3);
    expect(plan(await readTable(ipvs), wanted)).toEqual([]);
  });

  test('sends nothing more when the kernel cannot be reached', async () => {
    let calls = 0;
    const client = wrapClient(ipvs, {
      patchDestination: (...parameters) => {
        calls++;
        return ipvs.patchDestination(...parameters);
      },
    });
    await has(a, b);
    await ipvs.close();
    const { failed } = await apply(client, [add(a), patch(a, 2), patch(b, 2)]);
    expect(failed).toMatchObject([
      { change: add(a), error: { code: 'ERR_NETLINK_CLOSED' } },
      { change: patch(a, 2), because: add(a), error: { code: 'ERR_NETLINK_CLOSED' } },
      { change: patch(b, 2), because: add(a), error: { code: 'ERR_NETLINK_CLOSED' } },
    ]);
    expect(calls).toBe(0);
  });

  test('is aborted between batches; what was done stays done', async () => {
    const abort = new AbortController();
    const progress = () => abort.abort('enough');
    const applying = apply(ipvs, [addService, add(a), patch(a, 2)], { signal: abort.signal, progress });
    await expect(applying).rejects.toBe('enough');
    expect(await ipvs.destinations(web)).toMatchObject([{ ...a, weight: 1 }]);
  });

  test('refuses a change that names no service or destination before anything is sent', async () => {
    const nameless: Change[] = [
      { type: 'removeService', service: { ...web, port: -1 } },
      { type: 'zero', service: {} as never },
      remove({ address: 'web', port: 80 }),
    ];
    for (const change of nameless) await expect(apply(ipvs, [addService, change])).rejects.toThrow(InputError);
    expect(commands()).toEqual([]);
  });

  test('goes on after a change whose settings are invalid', async () => {
    const { done, failed } = await apply(ipvs, [addService, add({ ...a, weight: -1 }), add(b)]);
    expect(done).toEqual([addService, add(b)]);
    expect(failed).toEqual([{ change: add({ ...a, weight: -1 }), error: expect.any(InputError) }]);
  });
});
