import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ApiClient } from '../../src/api/api-client.ts';
import type { KubeObject } from '../../src/api/kube-object.ts';
import { Reflector, type ReflectorOptions } from '../../src/api/reflector.ts';
import { EventReporter } from '../../src/operation/event-reporter.ts';
import { ApiServer } from '../api-server/api-server.ts';
import type { ApiObject } from '../api-server/resources.ts';
import { eventually } from '../support/eventually.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { problem, type Recording } from '../support/recording.ts';
import { ReplayServer } from '../support/replay-server.ts';

/** Recorded by scripts/record-api-server.ts, which says what was done meanwhile. */
describe('as recorded from a real API server, a reflector', () => {
  test('gets over a refused token, pages, follows each kind of event, and goes on after the end', async () => {
    const recording = read('list-and-watch');
    const state = await replay(recording, { pageSize: 2, watchTimeout: 15, labelSelector: '!hidden' });
    expect(told(recording)).toEqual(expect.arrayContaining(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']));
    expect(recording.exchanges.map(({ status }) => status)).toContain(401);
    expect(state).toMatchObject({ watches: 2 });
  });

  test('lists anew after 410 in a watch', async () => {
    const recording = read('expired-watch');
    const state = await replay(recording, { labelSelector: '!hidden' });
    expect(told(recording)).toContain('ERROR');
    expect(state).toMatchObject({ lists: 2, lastError: { error: { status: 410, reason: 'Expired' } } });
  });

  test('lists at once after 410 for the next page', async () => {
    const recording = read('expired-continue');
    const state = await replay(recording, { pageSize: 2, labelSelector: '!hidden' });
    expect(recording.exchanges.map(({ status }) => status)).toEqual([200, 410, 200, 200]);
    expect(state).toMatchObject({ lists: 1, errors: 0 });
  });
});

test('a real API server takes the Events of problems, once', async () => {
  const recording = read('events');
  const [created, again] = recording.exchanges;
  expect([created?.status, again?.status]).toEqual([201, 409]);
  const sent = JSON.parse(created?.body ?? '');
  expect(JSON.parse(created?.chunks.join('') ?? '')).toMatchObject(sent);
  // The same is sent today, and 409 is no failure.
  await using server = await ApiServer.start();
  await using replayed = await ReplayServer.start(recording);
  for (const { url } of [server, server, replayed, replayed]) {
    const client = new ApiClient(async () => ({ server: url, options: {} }));
    await using reporter = new EventReporter(client, {
      nodeName: 'n1',
      onFailure: (_, error) => expect.fail(String(error)),
    });
    reporter.report([problem]);
    await reporter.idle();
    client.close();
  }
  expect(replayed.finished).toBe(true);
  expect(server.list('events')).toMatchObject([{ ...sent, eventTime: expect.stringMatching(/^\d.*\.\d{6}Z$/) }]);
});

test('the API server for tests fills in what a real one fills in', async () => {
  await using server = await ApiServer.start();
  const recorded = read('defaults').exchanges.map(({ body = '', chunks }) => [
    JSON.parse(body),
    JSON.parse(chunks.join('')),
  ]);
  expect(recorded).toHaveLength(4);
  for (const [sent, real] of recorded as [ApiObject, ApiObject][]) {
    const { spec } = server.create('services', { ...sent, metadata: { ...sent.metadata, namespace: 'default' } });
    // Addresses are not allocated, and what came after 1.20 was not filled in then.
    const { clusterIP, clusterIPs, internalTrafficPolicy, ...ours } = spec as Record<string, unknown>;
    expect(real['spec']).toMatchObject(ours);
  }
});

/** Lets a reflector have the conversation again, and compares what it holds with what there was in the end. */
async function replay(recording: Recording, options: Partial<ReflectorOptions<KubeObject>>) {
  const clock = new ManualClock();
  await using server = await ReplayServer.start(recording);
  const client = new ApiClient(async () => ({ server: server.url, options: {} }), { clock });
  await using services = Reflector.start(client, {
    path: '/api/v1/services',
    backoff: { random: () => 0 },
    ...options,
  });
  const wanted = recording.objects.map(summary);
  await eventually(
    'the conversation is over',
    () =>
      server.strayed.length > 0 ||
      (server.finished && services.state.connected && services.objects.size === wanted.length),
    () => clock.advance(100),
  );
  expect(server.strayed).toEqual([]);
  expect([...services.objects.values()].map(summary).sort()).toEqual(wanted.sort());
  client.close();
  return services.state;
}

function summary({ metadata: { name, resourceVersion } }: KubeObject): string {
  return `${name} ${resourceVersion}`;
}

/** The types of the events in a recording. */
function told({ exchanges }: Recording): string[] {
  const lines = exchanges
    .filter(({ url }) => url.includes('watch=true'))
    .flatMap(({ chunks }) => chunks.join('').split('\n'));
  return lines.filter(Boolean).map((line) => JSON.parse(line).type);
}

function read(name: string): Recording {
  return JSON.parse(readFileSync(join(import.meta.dirname, `../fixtures/api-server/${name}.json`), 'utf8'));
}
