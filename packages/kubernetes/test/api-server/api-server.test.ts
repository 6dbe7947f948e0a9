import { CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions, Watch } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ApiServer } from './api-server.ts';

let clock: ManualClock;
let server: ApiServer;
let config: KubeConfig;
let core: CoreV1Api;

beforeEach(async () => {
  clock = new ManualClock();
  server = await ApiServer.start({ clock });
  config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'stub', server: server.url, skipTLSVerify: true }, { name: 'user' });
  core = config.makeApiClient(CoreV1Api);
});
afterEach(() => server.stop());

describe('the API server for tests, to @kubernetes/client-node', () => {
  test('creates, defaults, reads, replaces, patches and deletes', async () => {
    const created = await core.createNamespacedService({ namespace: 'default', body: web });
    expect(created.metadata).toMatchObject({ namespace: 'default', resourceVersion: '2', uid: expect.any(String) });
    expect(created.spec).toMatchObject({ type: 'ClusterIP', sessionAffinity: 'None', ports: [{ protocol: 'TCP' }] });
    await expect(core.createNamespacedService({ namespace: 'default', body: web })).rejects.toMatchObject({
      code: 409,
    });
    const name = { name: 'web', namespace: 'default' };
    const labelled = { ...created, metadata: { ...created.metadata, labels: { tier: 'front' } } };
    expect((await core.replaceNamespacedService({ ...name, body: labelled })).metadata?.resourceVersion).toBe('3');
    await expect(core.replaceNamespacedService({ ...name, body: created })).rejects.toMatchObject({ code: 409 });
    const body = { metadata: { labels: { tier: null, zone: 'a' } } };
    const patched = await core.patchNamespacedService(
      { ...name, body },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    expect(patched.metadata?.labels).toEqual({ zone: 'a' });
    await core.deleteNamespacedService(name);
    await expect(core.readNamespacedService(name)).rejects.toMatchObject({ code: 404 });
  });

  test('changes no version where nothing changes', async () => {
    const created = server.create('services', serviceNamed('a'));
    server.update('services', created);
    expect(server.storage.version).toBe(2);
  });

  test('lists in pages of one snapshot, and says how many remain', async () => {
    for (const name of ['a', 'b', 'c']) server.create('services', serviceNamed(name));
    const first = await core.listServiceForAllNamespaces({ limit: 2 });
    expect(first.metadata).toMatchObject({ resourceVersion: '4', remainingItemCount: 1 });
    server.create('services', serviceNamed('d'));
    server.delete('services', 'default/c');
    const second = await core.listServiceForAllNamespaces({ limit: 2, _continue: first.metadata?._continue ?? '' });
    expect(second.items.map(({ metadata }) => metadata?.name)).toEqual(['c']);
    expect(second.metadata).toEqual({ resourceVersion: '4' });
  });

  test('refuses to go on with a page whose snapshot is gone', async () => {
    for (const name of ['a', 'b', 'c']) server.create('services', serviceNamed(name));
    const { metadata } = await core.listServiceForAllNamespaces({ limit: 2 });
    server.create('services', serviceNamed('d'));
    server.storage.compact();
    const next = core.listServiceForAllNamespaces({ limit: 2, _continue: metadata?._continue ?? '' });
    await expect(next).rejects.toMatchObject({ code: 410, body: expect.stringContaining('"reason":"Expired"') });
    await expect(core.listServiceForAllNamespaces({ _continue: '?' })).rejects.toMatchObject({ code: 400 });
  });

  test.each([
    ['tier', ['a', 'b']],
    ['!tier', ['c']],
    ['tier=front', ['a']],
    ['tier!=front', ['b', 'c']],
    ['tier in (front, back)', ['a', 'b']],
    ['tier notin (front)', ['b', 'c']],
    ['tier,tier!=back', ['a']],
  ])('selects by label: %s', async (labelSelector, names) => {
    server.create('services', serviceNamed('a', { tier: 'front' }));
    server.create('services', serviceNamed('b', { tier: 'back' }));
    server.create('services', serviceNamed('c'));
    const { items } = await core.listServiceForAllNamespaces({ labelSelector });
    expect(items.map(({ metadata }) => metadata?.name)).toEqual(names);
  });

  test('selects by field', async () => {
    server.create('services', serviceNamed('a'));
    server.create('services', { ...serviceNamed('b'), spec: { clusterIP: 'None' } });
    const names = async (fieldSelector: string) =>
      (await core.listServiceForAllNamespaces({ fieldSelector })).items.map(({ metadata }) => metadata?.name);
    expect(await names('metadata.name=b')).toEqual(['b']);
    expect(await names('spec.clusterIP!=None')).toEqual(['a']);
  });

  test('watches from a version: everything after it, in order', async () => {
    const old = server.create('services', serviceNamed('a'));
    server.create('services', serviceNamed('b'));
    server.delete('services', 'default/a');
    const { events } = await watch({ resourceVersion: old.metadata.resourceVersion });
    await eventually('two events', () => events.length === 2);
    server.create('services', serviceNamed('c'));
    await eventually('three events', () => events.length === 3);
    expect(events).toEqual(['ADDED b 3', 'DELETED a 4', 'ADDED c 5']);
  });

  test('tells of an object that leaves the selector as deleted, at the version of the write', async () => {
    const object = server.create('services', serviceNamed('a', { tier: 'front' }));
    const { events } = await watch({ resourceVersion: '1', labelSelector: 'tier' });
    server.update('services', { ...object, metadata: { ...object.metadata, labels: {} } });
    await eventually('two events', () => events.length === 2);
    expect(events).toEqual(['ADDED a 2', 'DELETED a 3']);
  });

  test('sends bookmarks each minute and before the end, if anything is new, and ends in time', async () => {
    const { events, ended } = await watch({ resourceVersion: '1', allowWatchBookmarks: true, timeoutSeconds: 100 });
    clock.advance(60_000);
    server.create('nodes', { metadata: { name: 'n1' } });
    clock.advance(38_000);
    await eventually('a bookmark', () => events.length === 1);
    expect(events).toEqual(['BOOKMARK undefined 2']);
    clock.advance(2000);
    expect(await ended).toBeNull();
  });

  test('refuses to watch from before its history in the stream', async () => {
    server.create('services', serviceNamed('a'));
    server.storage.compact();
    const { events, ended } = await watch({ resourceVersion: '1' });
    expect(await ended).toBeNull();
    expect(events).toEqual(['ERROR 410 Expired']);
    server.expiredWatch = 'status';
    const refused = await watch({ resourceVersion: '1' });
    expect(await refused.ended).toMatchObject({ message: 'Gone' });
  });

  test('sends what there is, and a bookmark after it, where a watch asks for it', async () => {
    server.create('services', serviceNamed('a'));
    const { events } = await watch({
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: true,
    });
    await eventually('two events', () => events.length === 2);
    expect(events).toEqual(['ADDED a 2', 'BOOKMARK undefined 2']);
  });

  test('refuses on demand, and without its token', async () => {
    server.refuse({ code: 429, reason: 'TooManyRequests', retryAfter: 7 });
    await expect(core.listNamespacedService({ namespace: 'default' })).rejects.toMatchObject({
      code: 429,
      headers: { 'retry-after': '7' },
    });
    server.token = 'secret';
    await expect(core.listNamespacedService({ namespace: 'default' })).rejects.toMatchObject({ code: 401 });
    config.loadFromClusterAndUser(
      { name: 'stub', server: server.url, skipTLSVerify: true },
      { name: 'user', token: 'secret' },
    );
    expect((await core.listNamespacedService({ namespace: 'default' })).items).toEqual([]);
  });
});

const web = { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } };

function serviceNamed(name: string, labels: Record<string, string> = {}) {
  return { metadata: { name, namespace: 'default', labels } };
}

/** Watches services and gathers the events as `TYPE name version`. */
async function watch(query: Record<string, string | number | boolean | undefined>) {
  const events: string[] = [];
  const take = (type: string, { metadata: { name, resourceVersion }, code, reason }: Told) =>
    events.push(type === 'ERROR' ? `ERROR ${code} ${reason}` : `${type} ${name} ${resourceVersion}`);
  let end = (_: unknown) => {};
  const ended = new Promise((resolve) => {
    end = resolve;
  });
  await new Watch(config).watch('/api/v1/services', query, take, end);
  return { events, ended };
}

interface Told {
  readonly metadata: { readonly name?: string; readonly resourceVersion?: string };
  readonly code?: number;
  readonly reason?: string;
}
