import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ApiClient } from '../../src/api/api-client.ts';
import { isLater, type KubeObject } from '../../src/api/kube-object.ts';
import { Reflector } from '../../src/api/reflector.ts';
import { ApiServer } from '../api-server/api-server.ts';
import { keyOf } from '../api-server/storage.ts';
import { eventually } from '../support/eventually.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** What a program, a network or a server may do, in any order. */
interface World {
  readonly clock: ManualClock;
  readonly server: ApiServer;
  open: boolean;
}

type Action = (world: World) => unknown;

const names = ['a', 'b', 'c', 'd', 'e', 'f'];
const writes: Record<string, Action> = {
  ...each('write', names, ({ server }, name) => write(server, name)),
  ...each('delete', names, ({ server }, name) => remove(server, name)),
  'write a node': ({ server }) => server.create('nodes', { metadata: { name: '', generateName: 'n' } }),
};
const faults: Record<string, Action> = {
  'cut by a reset': ({ server }) => server.cutNextEvent('reset'),
  'cut by an end': ({ server }) => server.cutNextEvent('end'),
  reset: ({ server }) => server.reset(),
  freeze: ({ server }) => server.freeze(),
  expire: ({ server }) => server.expireWatches(),
  compact: ({ server }) => server.storage.compact(),
  hold: ({ server }) => server.hold('services'),
  release: ({ server }) => server.release('services'),
  ...each('refuse by', [401, 410, 429, 500, 504], ({ server }, code) => server.refuse({ code, times: 2 })),
  ...each('expired as', ['stream', 'status'] as const, ({ server }, expiredWatch) =>
    Object.assign(server, { expiredWatch }),
  ),
  ...each('replay', [0, 1, 9], ({ server }, replay) => Object.assign(server, { replay })),
  ...each('lists take', [0, 5000, 100_000], ({ server }, listDelay) => Object.assign(server, { listDelay })),
  shut,
  reopen,
};
const time: Record<string, Action> = {
  ...each('turns', [1, 5, 30], (_, count) => pass(count)),
  ...each('milliseconds', [100, 3000, 61_000, 80_000], ({ clock }, milliseconds) => clock.advance(milliseconds)),
};
const actions = { ...writes, ...faults, ...time };

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...Object.keys(writes)) },
    { weight: 2, arbitrary: fc.constantFrom(...Object.keys(faults)) },
    { weight: 4, arbitrary: fc.constantFrom(...Object.keys(time)) },
  ),
  { maxLength: 60, size: 'max' },
);

test('holds in the end what the server holds, whatever happens on the way, and never goes back', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 4 }), async (steps, pageSize) => {
      const clock = new ManualClock();
      const world: World = { clock, server: await ApiServer.start({ clock }), open: true };
      const { server } = world;
      const client = new ApiClient(async () => ({ server: server.url, options: {} }), { clock });
      const services = Reflector.start<KubeObject>(client, { path: '/api/v1/services', pageSize });
      const follower = new Follower();
      try {
        for (const step of steps) {
          await actions[step]?.(world);
          follower.look(services);
        }
        await reopen(world);
        server.release('services');
        Object.assign(server, { replay: 0, listDelay: 0 });
        const isEqual = () => versions(services.objects.values()) === versions(server.list('services'));
        await eventually(
          'the objects are those of the server',
          () => services.synced && isEqual(),
          () => clock.advance(500),
        );
        follower.look(services);
        expect(versions(follower.objects.values())).toBe(versions(server.list('services')));
      } finally {
        await services.stop();
        client.close();
        await server.stop();
      }
    }),
    { numRuns: 100 },
  );
}, 300_000);

/** An action for each of some values, by its name and the value. */
function each<T>(name: string, values: readonly T[], act: (world: World, value: T) => unknown): Record<string, Action> {
  return Object.fromEntries(values.map((value) => [`${name} ${value}`, (world: World) => act(world, value)]));
}

/** Follows by the changes alone, and sees that no object goes back. */
class Follower {
  readonly objects = new Map<string, KubeObject>();
  readonly #newest = new Map<string, string>();

  look(reflector: Reflector<KubeObject>): void {
    for (const { key, before, after } of reflector.takeChanges()) {
      expect(before).toBe(this.objects.get(key));
      expect(reflector.objects.get(key)).toBe(after);
      if (!after) {
        this.objects.delete(key);
        continue;
      }
      const { resourceVersion = '' } = after.metadata;
      expect(isLater(resourceVersion, this.#newest.get(key) ?? '0')).toBe(true);
      this.#newest.set(key, resourceVersion);
      this.objects.set(key, after);
    }
  }
}

function write(server: ApiServer, name: string): void {
  const metadata = { name, namespace: 'default' };
  const known = server.list('services').find(({ metadata }) => metadata.name === name);
  if (known) server.update('services', { ...known, spec: { clusterIP: `10.96.0.${server.storage.version % 250}` } });
  else server.create('services', { metadata });
}

function remove(server: ApiServer, name: string): void {
  if (server.list('services').some(({ metadata }) => metadata.name === name))
    server.delete('services', `default/${name}`);
}

async function shut(world: World): Promise<void> {
  if (world.open) await world.server.shut();
  world.open = false;
}

async function reopen(world: World): Promise<void> {
  if (!world.open) await world.server.reopen();
  world.open = true;
}

async function pass(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await setImmediate();
}

function versions(objects: Iterable<KubeObject>): string {
  return Array.from(
    objects,
    (object) => `${keyOf(object as never)} ${object.metadata.uid} ${object.metadata.resourceVersion}`,
  )
    .sort()
    .join('\n');
}
