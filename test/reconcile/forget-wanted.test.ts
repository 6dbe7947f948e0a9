import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Change, DestinationKey, ServiceKey } from '../../src/ipvs/index.ts';
import { drainedService, drainName } from '../../src/reconcile/drain/drain.ts';
import { forgetRestored, forgetWanted } from '../../src/reconcile/drain/forget-wanted.ts';
import { memoryDeadlines } from '../../src/reconcile/index.ts';
import { serviceKeyOf } from '../../src/reconcile/plan/identity.ts';
import { web, web6 } from '../contract/expected.ts';
import { arbitraryDestinations, arbitraryService } from '../support/ipvs/arbitrary.ts';

describe('the name of what drains', () => {
  const key = fc.oneof(
    arbitraryService('6.12').map(serviceKeyOf),
    fc.record({ protocol: fc.constantFrom('#50' as const, '#6' as const), address: fc.ipV4(), port: fc.nat(0xffff) }),
    fc.record({
      fwmark: fc.integer({ min: 0x80000000, max: 0xffffffff }),
      family: fc.constantFrom('inet' as const, 'inet6' as const),
    }),
  );
  const destination = arbitraryDestinations({ ...web, scheduler: 'rr' }).map((all) => all[0]);

  test('has the key of its service', () => {
    fc.assert(
      fc.property(key, destination, (service, destination) => {
        expect(drainedService(drainName({ service, destination }))).toEqual(service);
      }),
    );
  });

  test.each([
    '',
    'tcp',
    'tcp 192.0.2.10',
    'tcp 192.0.2.256:80',
    'tcp 192.0.2.10:65536',
    'tcp 192.0.2.10:80x',
    'tcp 2001:db8::1:80',
    'tcp [2001:db8::g]:80',
    'icmp 192.0.2.10:80',
    'fwmark 0',
    'fwmark 4294967296',
    'fwmark 7x',
    ' fwmark 7',
  ])('is not %j', (name) => {
    expect(drainedService(name)).toBeUndefined();
  });
});

describe('forgetting deadlines', () => {
  const [a, b] = [
    { address: '10.0.0.5', port: 80 },
    { address: '10.0.0.6', port: 80 },
  ];
  const isWeb = ({ address }: ServiceKey) => address === web.address;

  async function storeOf(names: readonly string[]) {
    const store = memoryDeadlines();
    await store.save(new Map(names.map((name) => [name, 1])));
    return store;
  }
  const nameOf = (service: ServiceKey, destination?: DestinationKey) => drainName({ service, destination });

  test('keeps those of what is to be removed, and of services that are not ours', async () => {
    const kept = [nameOf(web, a), nameOf(web6, a), nameOf({ fwmark: 7 })];
    const store = await storeOf([...kept, nameOf(web), nameOf(web, b), 'nonsense']);
    await forgetWanted(store, [{ type: 'removeDestination', service: web, destination: a }], isWeb);
    expect([...(await store.load()).keys()]).toEqual(kept);
  });

  test.each([[0], [2]])('keeps those of what is still to get its weight back, if that is not 0: %i', async (weight) => {
    const names = [nameOf(web), nameOf(web, a)];
    const store = await storeOf([...names, nameOf(web, b)]);
    await forgetWanted(store, [{ type: 'patchDestination', service: web, destination: a, patch: { weight } }], isWeb);
    expect([...(await store.load()).keys()]).toEqual(weight > 0 ? names : []);
  });

  test('that have their weight back keeps their service while another has not', async () => {
    const patch = { weight: 2 };
    const [done, failed] = [a, b].map(
      (destination) => ({ type: 'patchDestination', service: web, destination, patch }) as const,
    ) as [Change, Change];
    const store = await storeOf([nameOf(web), nameOf(web, a), nameOf(web, b)]);
    await forgetRestored(store, { done: [done], failed: [{ change: failed, error: undefined }] });
    expect([...(await store.load()).keys()]).toEqual([nameOf(web), nameOf(web, b)]);
    await forgetRestored(store, { done: [done, failed], failed: [] });
    expect(await store.load()).toEqual(new Map());
  });

  test('saves nothing where nothing is forgotten', async () => {
    const store = await storeOf([nameOf(web6, a)]);
    await forgetWanted({ ...store, save: () => Promise.reject(new Error('saved')) }, [], isWeb);
  });
});
