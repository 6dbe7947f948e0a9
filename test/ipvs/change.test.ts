import { describe, expect, test } from 'vitest';
import { applyChange, type Change, InputError, Ipvs, type IpvsClient } from '../../src/ipvs/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const server = { address: '192.0.2.20', port: 80 };

/** A change of every type, in an order in which they succeed, and the call that each stands for. */
const changes: [change: Change, call: unknown[]][] = [
  [{ type: 'addService', service: web }, ['addService', web]],
  [{ type: 'updateService', service: web }, ['updateService', web]],
  [{ type: 'patchService', service: web, patch: { scheduler: 'rr' } }, ['patchService', web, { scheduler: 'rr' }]],
  [{ type: 'addDestination', service: web, destination: server }, ['addDestination', web, server]],
  [{ type: 'updateDestination', service: web, destination: server }, ['updateDestination', web, server]],
  [
    { type: 'patchDestination', service: web, destination: server, patch: { weight: 3 } },
    ['patchDestination', web, server, { weight: 3 }],
  ],
  [{ type: 'zero', service: web }, ['zero', web]],
  [{ type: 'zero' }, ['zero', undefined]],
  [{ type: 'removeDestination', service: web, destination: server }, ['removeDestination', web, server]],
  [{ type: 'removeService', service: web }, ['removeService', web]],
  [{ type: 'setTimeouts', timeouts: { tcp: 1000 } }, ['setTimeouts', { tcp: 1000 }]],
  [
    { type: 'startDaemon', daemon: { state: 'backup', interface: 'd0' } },
    ['startDaemon', { state: 'backup', interface: 'd0' }],
  ],
  [{ type: 'stopDaemon', state: 'backup' }, ['stopDaemon', 'backup']],
  [{ type: 'flush' }, ['flush']],
];

/** An `Ipvs` that notes its calls. */
function noted(ipvs: Ipvs): { client: IpvsClient; calls: unknown[][] } {
  const calls: unknown[][] = [];
  const client = new Proxy(ipvs, {
    get(target, name: keyof Ipvs) {
      return (...given: never[]) => {
        calls.push([name, ...given]);
        return (target[name] as (...given: never[]) => unknown).apply(target, given);
      };
    },
  });
  return { client, calls };
}

test('a change of every type is the call of the method of its name', async () => {
  const { client, calls } = noted(await Ipvs.open({ kernel: new FakeKernel() }));
  const options = { signal: new AbortController().signal };
  for (const [change] of changes) await applyChange(client, change, options);
  expect(calls).toEqual(changes.map(([, call]) => [...call, options]));
});

test('timeouts of which none is named change nothing, as with ipvsadm', async () => {
  const { client, calls } = noted(await Ipvs.open({ kernel: new FakeKernel() }));
  await applyChange(client, { type: 'setTimeouts', timeouts: {} });
  expect(calls).toEqual([]);
});

describe('an invalid change is refused and does nothing', () => {
  test.each<[unknown, message: string]>([
    [undefined, 'change must be an object, got undefined'],
    [null, 'change must be an object, got null'],
    [
      { type: 'addServcie', service: web },
      "change.type is no type of change (did you mean addService?), got 'addServcie'",
    ],
    [{ type: 'constructor' }, "change.type is no type of change, got 'constructor'"],
    [{}, 'change.type is no type of change, got undefined'],
    [{ type: 'addService' }, 'service must be an object, got undefined'],
    [{ type: 'setTimeouts' }, 'timeouts must be an object, got undefined'],
    [{ type: 'patchService', service: web }, 'service must be an object, got undefined'],
  ])('%j', async (change, message) => {
    const kernel = new FakeKernel();
    const ipvs = await Ipvs.open({ kernel });
    await ipvs.addService(web);
    const asked = kernel.requests.length;
    const outcome = applyChange(ipvs, change as Change);
    expect(outcome).toBeInstanceOf(Promise);
    const error = await outcome.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toContain(message);
    const written = kernel.requests.slice(asked).filter(({ command }) => !command.includes('_GET_'));
    expect(written).toEqual([]);
  });
});
