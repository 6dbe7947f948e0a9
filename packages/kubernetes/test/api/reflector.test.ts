import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiClient } from '../../src/api/api-client.ts';
import type { KubeObject } from '../../src/api/kube-object.ts';
import { Reflector, type ReflectorOptions } from '../../src/api/reflector.ts';
import { ApiServer, type SeenRequest } from '../api-server/api-server.ts';
import { eventually } from '../support/eventually.ts';
import { ManualClock } from '../support/manual-clock.ts';

let clock: ManualClock;
let server: ApiServer;
let client: ApiClient;
let token: string | undefined;
const reflectors: Reflector<KubeObject>[] = [];

beforeEach(async () => {
  clock = new ManualClock();
  server = await ApiServer.start({ clock });
  token = undefined;
  client = new ApiClient(access, { clock });
});
afterEach(async () => {
  await Promise.all(reflectors.splice(0).map((each) => each.stop()));
  client.close();
  await server.stop();
});

describe('a reflector', () => {
  test('lists in pages and follows what happens', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) server.create('services', service(name));
    const services = start({ pageSize: 2 });
    await connected(services);
    expect(names(services)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(lists().map(({ query }) => query.get('limit'))).toEqual(['2', '2', '2']);
    server.delete('services', 'default/b');
    server.create('services', service('f'));
    await eventually('f is there', () => services.objects.has('default/f'));
    expect(names(services)).toEqual(['a', 'c', 'd', 'e', 'f']);
    expect(services.state).toMatchObject({ synced: true, version: '8', lists: 1, watches: 1, events: 2, errors: 0 });
  });

  test('asks for bookmarks and for an end between the time-out and twice that', async () => {
    const services = start({
      backoff: { random: () => 0.5 },
      labelSelector: 'tier',
      fieldSelector: 'spec.clusterIP!=None',
    });
    await connected(services);
    expect(Object.fromEntries(watches()[0]?.query ?? [])).toEqual({
      watch: 'true',
      resourceVersion: '1',
      allowWatchBookmarks: 'true',
      timeoutSeconds: '450',
      labelSelector: 'tier',
      fieldSelector: 'spec.clusterIP!=None',
    });
  });

  test('is not synced and shows nothing before the last page', async () => {
    for (const name of ['a', 'b', 'c']) server.create('services', service(name));
    server.refuse({ code: 500, of: ({ query }) => query.has('continue') });
    const services = start({ pageSize: 2 });
    await eventually('a failure', () => services.state.errors === 1);
    expect(services.synced).toBe(false);
    expect(services.objects.size).toBe(0);
    expect(services.takeChanges()).toEqual([]);
    await connected(services, 1000);
    expect(names(services)).toEqual(['a', 'b', 'c']);
  });

  test('lists at once where the snapshot is gone before the last page', async () => {
    for (const name of ['a', 'b', 'c']) server.create('services', service(name));
    server.refuse({ code: 410, reason: 'Expired', of: ({ query }) => query.has('continue') });
    const services = start({ pageSize: 2 });
    await connected(services);
    expect(lists().map(({ query }) => query.get('limit'))).toEqual(['2', '2', null]);
    expect(names(services)).toEqual(['a', 'b', 'c']);
  });

  test('goes on from the last version when the server ends a watch', async () => {
    server.create('services', service('a'));
    client = new ApiClient(access, { clock, inactivity: 400 });
    const services = start({ backoff: { random: () => 0 } });
    await connected(services);
    server.create('nodes', { metadata: { name: 'n1' } });
    clock.advance(300_000);
    await eventually('the next watch', () => services.state.watches === 2 && services.state.connected);
    // The bookmark before the end told of the node's version.
    expect(watches().map(({ query }) => query.get('resourceVersion'))).toEqual(['2', '3']);
    expect(services.state).toMatchObject({ lists: 1, errors: 0, lastError: undefined });
  });

  test.each(['stream', 'status'] as const)('lists anew after 410 as %s, and tells what vanished', async (how) => {
    server.expiredWatch = how;
    for (const name of ['a', 'b', 'c']) server.create('services', service(name));
    const services = start();
    await connected(services);
    services.takeChanges();
    const [, b, c] = services.objects.values();
    await server.shut();
    server.delete('services', 'default/a');
    server.update('services', { ...service('b'), spec: { clusterIP: '10.96.0.1' } });
    server.create('services', service('d'));
    server.storage.compact();
    await server.reopen();
    await eventually(
      'd is there',
      () => services.objects.has('default/d'),
      () => clock.advance(1000),
    );
    expect(names(services)).toEqual(['b', 'c', 'd']);
    expect(services.objects.get('default/c')).toBe(c);
    const changes = services.takeChanges();
    expect(changes.map(({ key, before, after }) => [key, before !== undefined, after !== undefined])).toEqual([
      ['default/b', true, true],
      ['default/d', false, true],
      ['default/a', true, false],
    ]);
    expect(changes[0]?.before).toBe(b);
    expect(services.state.lists).toBe(2);
  });

  test('lists anew at once after 410 in a watch that worked', async () => {
    const services = start();
    await connected(services);
    clock.advance(20_000);
    server.create('services', service('a'));
    server.expireWatches();
    await eventually('the second list', () => services.state.lists === 2 && services.state.connected);
    expect(names(services)).toEqual(['a']);
  });

  test('does not list again and again where every watch is refused as too old', async () => {
    server.refuse({ code: 410, reason: 'Expired', times: 3, of: isWatch });
    const services = start({ backoff: { random: () => 0 } });
    const pauses: number[] = [];
    for (const errors of [1, 2, 3]) {
      await eventually('a refusal', () => services.state.errors === errors && clock.pending.length > 0);
      pauses.push(clock.pending[0] ?? 0);
      clock.advance(pauses.at(-1) ?? 0);
    }
    await connected(services);
    expect(pauses).toEqual([250, 500, 1000]);
    expect(services.state.lists).toBe(4);
  });

  test.each(['reset', 'end'] as const)('takes no event that is cut in the middle by %s', async (how) => {
    const services = start();
    await connected(services);
    server.cutNextEvent(how);
    server.create('services', service('a'));
    await eventually('a failure', () => services.state.errors === 1);
    expect(services.objects.size).toBe(0);
    expect(services.state).toMatchObject({
      connected: false,
      lastError: { error: { code: 'ERR_KUBERNETES_CONNECTION' } },
    });
    await connected(services, 1000);
    await eventually('a is there', () => services.objects.has('default/a'));
    expect(services.state.lists).toBe(1);
  });

  test('gives a half-open connection up after the inactivity, and misses nothing', async () => {
    const services = start();
    await connected(services);
    server.freeze();
    server.create('services', service('a'));
    clock.advance(74_999);
    await turns();
    expect(services.state).toMatchObject({ watches: 1, connected: true });
    clock.advance(1);
    await eventually('a is there', () => services.objects.has('default/a'));
    expect(services.state).toMatchObject({ watches: 2, lists: 1, errors: 0 });
  });

  test('gives a list up that is not answered', async () => {
    server.listDelay = 80_000;
    const services = start();
    await eventually('a list', () => lists().length === 1);
    await turns();
    clock.advance(75_000);
    await eventually('a failure', () => services.state.errors === 1);
    expect(services.state.lastError?.error).toMatchObject({ code: 'ERR_KUBERNETES_TIMEOUT' });
    server.listDelay = 0;
    await connected(services, 1000);
  });

  test('waits twice as long after each failure, but not longer than the maximum, and less again after success', async () => {
    await server.shut();
    const services = start({ backoff: { initial: 1000, maximum: 5000, random: () => 0 } });
    const pauses: number[] = [];
    for (const errors of [1, 2, 3, 4, 5]) {
      await eventually('a failure', () => services.state.errors === errors && clock.pending.length > 0);
      pauses.push(clock.pending[0] ?? 0);
      if (errors === 5) await server.reopen();
      clock.advance(pauses.at(-1) ?? 0);
    }
    expect(pauses).toEqual([500, 1000, 2000, 2500, 2500]);
    expect(services.state.lastError?.error.message).toBe('GET /api/v1/services: ECONNREFUSED');
    await connected(services);
    clock.advance(10_000);
    server.reset();
    await eventually('a failure', () => services.state.errors === 6);
    expect(clock.pending[0]).toBe(500);
  });

  test.each([
    [0, 30_000],
    [0.5, 33_750],
  ])('waits as long as the server asks, and somewhat more by chance %d', async (random, pause) => {
    server.refuse({ code: 429, reason: 'TooManyRequests', retryAfter: 30 });
    const services = start({ backoff: { random: () => random } });
    await eventually('a refusal', () => services.state.errors === 1);
    expect(services.state.lastError?.error).toMatchObject({ status: 429, reason: 'TooManyRequests', retryAfter: 30 });
    expect(clock.pending).toEqual([pause]);
    clock.advance(pause);
    await connected(services);
  });

  test('waits no longer than five minutes, whatever the server asks', async () => {
    server.refuse({ code: 503, retryAfter: 86_400 });
    const services = start({ backoff: { random: () => 0 } });
    await eventually('a refusal', () => services.state.errors === 1);
    expect(clock.pending).toEqual([300_000]);
  });

  test('asks for the credentials again after 401', async () => {
    server.token = token = 'old';
    const services = start();
    await connected(services);
    server.token = 'new';
    server.reset();
    await eventually(
      '401',
      () => services.state.lastError?.error.status === 401,
      () => clock.advance(1000),
    );
    token = 'new';
    await connected(services, 1000);
    server.create('services', service('a'));
    await eventually('a is there', () => services.objects.has('default/a'));
  });

  test('ignores events that are sent once more', async () => {
    server.create('services', service('a'));
    const services = start();
    await connected(services);
    server.delete('services', 'default/a');
    const again = server.create('services', service('a'));
    server.create('services', service('b'));
    server.delete('services', 'default/b');
    await eventually('all events', () => services.state.version === '6');
    services.takeChanges();
    server.replay = 5;
    server.reset();
    await eventually(
      'the next watch',
      () => services.state.watches === 2 && services.state.connected,
      () => clock.advance(1000),
    );
    server.create('services', service('c'));
    await eventually('c is there', () => services.objects.has('default/c'));
    expect(services.takeChanges().map(({ key }) => key)).toEqual(['default/c']);
    expect(services.objects.get('default/a')?.metadata.uid).toBe(again.metadata.uid);
    expect(services.state.events).toBe(5);
  });

  test('takes an older list only when it is given twice, as by a cluster that was restored', async () => {
    server.create('services', service('a'));
    server.create('services', service('b'));
    const services = start();
    await connected(services);
    const restored = await ApiServer.start({ clock });
    restored.create('services', service('a'));
    const { url } = server;
    await server.stop();
    server = restored;
    expect(restored.url).not.toBe(url);
    // A watch from the future waits for it, or is refused for it as by a real server.
    restored.refuse({ code: 410, reason: 'Expired', of: isWatch });
    await eventually(
      'two lists',
      () => services.state.lists === 2,
      () => clock.advance(1000),
    );
    await eventually('the refusal', () => services.state.lastError?.error.code === 'ERR_KUBERNETES_RESPONSE');
    expect(names(services)).toEqual(['a', 'b']);
    await connected(services, 1000);
    expect(names(services)).toEqual(['a']);
    expect(services.state.version).toBe('2');
  });

  test('tells of what changed since it was last asked, once', async () => {
    let calls = 0;
    const services = start({ onChange: () => calls++ });
    await connected(services);
    expect(calls).toBe(1); // for being synced
    expect(services.takeChanges()).toEqual([]);
    const a = server.create('services', service('a'));
    server.update('services', { ...a, spec: { clusterIP: '10.96.0.1' } });
    server.create('services', service('b'));
    server.delete('services', 'default/b');
    server.create('services', service('c'));
    await eventually('c is there', () => services.objects.has('default/c'));
    expect(calls).toBe(2);
    const now = services.objects.get('default/a');
    expect(services.pending).toBe(3);
    expect(services.takeChanges()).toEqual([
      { key: 'default/a', before: undefined, after: now, since: clock.now() },
      { key: 'default/c', before: undefined, after: services.objects.get('default/c'), since: clock.now() },
    ]);
    server.delete('services', 'default/a');
    await eventually('a is gone', () => !services.objects.has('default/a'));
    expect(calls).toBe(3);
    expect(services.takeChanges()).toEqual([{ key: 'default/a', before: now, after: undefined, since: clock.now() }]);
  });

  test('drops an object that leaves the selector', async () => {
    const labelled = service('a', { tier: 'front' });
    server.create('services', labelled);
    const services = start({ labelSelector: 'tier' });
    await connected(services);
    expect(names(services)).toEqual(['a']);
    server.update('services', service('a'));
    await eventually('a is gone', () => services.objects.size === 0);
  });

  test('keeps what it is told to, and no managedFields', async () => {
    const { metadata, ...rest } = service('a');
    server.create('services', { ...rest, metadata: { ...metadata, managedFields: [{ manager: 'kubectl' }] } });
    const whole = start();
    const parts = Reflector.start(client, {
      path,
      convert: ({ metadata: { name, namespace } }) => ({ metadata: { name, namespace } }),
    });
    reflectors.push(parts);
    await connected(whole);
    await connected(parts);
    expect(whole.objects.get('default/a')).toMatchObject({ kind: 'Service', apiVersion: 'v1' });
    expect(whole.objects.get('default/a')?.metadata).not.toHaveProperty('managedFields');
    expect(parts.objects.get('default/a')).toEqual({ metadata: { name: 'a', namespace: 'default' } });
  });

  test.each([
    ['a list', { listDelay: 60_000 }, () => lists().length === 1],
    ['a watch', {}, () => server.watches === 1],
    ['a pause', { token: 'other' }, () => clock.pending.length === 1 && reflectors[0]?.state.errors === 1],
  ])('stops at once in %s', async (_, settings, there) => {
    Object.assign(server, settings);
    const services = start();
    await eventually('it is there', there);
    await turns();
    const { errors } = services.state;
    await services.stop();
    expect(services.state).toMatchObject({ connected: false, errors });
    await eventually('the connection is closed', () => server.watches === 0);
  });

  test('stops at once while credentials are looked for', async () => {
    const silent = new ApiClient(() => new Promise(() => {}), { clock });
    const services = Reflector.start(silent, { path });
    await turns();
    await services.stop();
    expect(services.state).toMatchObject({ lists: 1, errors: 0 });
  });

  test('gives credentials up that do not come', async () => {
    const services = Reflector.start(new ApiClient(() => new Promise(() => {}), { clock, connectTimeout: 10 }), {
      path,
    });
    await turns();
    clock.advance(10_000);
    await eventually('a failure', () => services.state.errors === 1);
    expect(services.state.lastError?.error).toMatchObject({ code: 'ERR_KUBERNETES_TIMEOUT' });
    await services.stop();
  });
});

const path = '/api/v1/services';

async function access() {
  return { server: server.url, options: token ? { headers: { authorization: `Bearer ${token}` } } : {} };
}

function start(options: Partial<ReflectorOptions<KubeObject>> = {}): Reflector<KubeObject> {
  const reflector = Reflector.start(client, { path, ...options });
  reflectors.push(reflector);
  return reflector;
}

/** Waits for a watch; the clock moves so far with each turn. */
function connected(reflector: Reflector<KubeObject>, step = 0): Promise<void> {
  return eventually(
    'a watch is open',
    () => reflector.state.connected,
    () => clock.advance(step),
  );
}

/** Some turns of the event loop, in which what is under way on loopback arrives. */
async function turns(): Promise<void> {
  for (let i = 0; i < 50; i++) await setImmediate();
}

function names(reflector: Reflector<KubeObject>): string[] {
  return [...reflector.objects.values()].map(({ metadata: { name } }) => name);
}

function isWatch({ query }: SeenRequest): boolean {
  return query.has('watch');
}

function watches(): SeenRequest[] {
  return server.requests.filter(isWatch);
}

function lists(): SeenRequest[] {
  return server.requests.filter((request) => !isWatch(request));
}

function service(name: string, labels: Record<string, string> = {}) {
  return { metadata: { name, namespace: 'default', labels } };
}
