import { expect, test } from 'vitest';
import { InputError, Ipvs } from '../../src/ipvs/index.ts';
import { apply, drain, plan, readTable, reconcile } from '../../src/reconcile/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const entry = { service: web, destinations: [] };

test.each<[string, (ipvs: Ipvs) => unknown, message: string]>([
  ['reconcile of one entry', (ipvs) => reconcile(ipvs, entry as never), 'desired must be an iterable of entries'],
  ['plan of one entry', () => plan([], entry as never), 'desired must be an iterable of entries'],
  ['plan for an async iterable', (ipvs) => plan(ipvs.table() as never, []), 'current must be an iterable of entries'],
  ['apply of one change', (ipvs) => apply(ipvs, {} as never), 'changes must be an iterable of changes'],
  ['drain of one target', (ipvs) => drain(ipvs, entry as never), 'targets must be an iterable of targets'],
  [
    'readTable of one key',
    (ipvs) => readTable(ipvs, { services: web as never }),
    'services must be an iterable of keys',
  ],
  ['reconcile of one key', (ipvs) => reconcile(ipvs, [], { services: web as never }), 'services must be an iterable'],
  ['reconcile without options', (ipvs) => reconcile(ipvs, [], null as never), 'options must be an object'],
  ['reconcile', (ipvs) => reconcile(ipvs, [], { scop: [] } as never), 'scop is unknown (did you mean scope?)'],
  ['plan', () => plan([], [], { scop: [] } as never), 'scop is unknown (did you mean scope?)'],
  ['apply', (ipvs) => apply(ipvs, [], { sinal: 0 } as never), 'sinal is unknown (did you mean signal?)'],
  ['readTable', (ipvs) => readTable(ipvs, { scop: [] } as never), 'scop is unknown (did you mean scope?)'],
])('%s is refused before anything is touched: %s', async (_, call, message) => {
  await using ipvs = await Ipvs.open({ kernel: new FakeKernel() });
  await ipvs.addService(web);
  const error: unknown = await Promise.resolve()
    .then(() => call(ipvs))
    .catch((error) => error);
  expect(error).toBeInstanceOf(InputError);
  expect((error as Error).message).toContain(message);
  expect(await ipvs.services()).toMatchObject([web]);
});

test('the options of reconcile may be given to whatever it consists of', async () => {
  await using ipvs = await Ipvs.open({ kernel: new FakeKernel() });
  const options = { scope: { addresses: ['192.0.2.0/24'] }, rounds: 2, keep: ['weight'], drain: {} } as const;
  await apply(ipvs, plan(await readTable(ipvs, options), [entry], options), options);
  expect(await ipvs.services()).toMatchObject([web]);
});
