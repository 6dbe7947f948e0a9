import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiClient } from '../../src/api/api-client.ts';
import { EventRecorder, type EventRecorderOptions } from '../../src/api/event-recorder.ts';
import { eventOf } from '../../src/objects/index.ts';
import { ApiServer } from '../api-server/api-server.ts';
import { eventually } from '../support/eventually.ts';
import { ManualClock } from '../support/manual-clock.ts';

let clock: ManualClock;
let server: ApiServer;
let client: ApiClient;
let recorder: EventRecorder;

beforeEach(async () => {
  clock = new ManualClock();
  server = await ApiServer.start({ clock });
  client = new ApiClient(async () => ({ server: server.url, options: {} }), { clock });
});
afterEach(async () => {
  await recorder.stop();
  client.close();
  await server.stop();
});

describe('an event recorder', () => {
  test('creates an event', async () => {
    start();
    const sent = event('web');
    recorder.report(sent);
    await eventually('it is there', () => events().length === 1);
    expect(events()).toMatchObject([sent]);
  });

  test('counts an event up that a process before created', async () => {
    start();
    recorder.report(event('web'));
    await eventually('it is there', () => recorder.state.created === 1);
    for (const count of [2, 3]) {
      await recorder.stop();
      start();
      recorder.report(event('web'));
      await eventually('it is counted up', () => recorder.state.repeated === 1);
      expect(events()).toMatchObject([{ series: { count } }]);
    }
    expect(recorder.state).toMatchObject({ created: 0, errors: 0, dropped: 0 });
  });

  test('creates an event that is reported again once, and counts it up minutes later', async () => {
    start({ repeat: 300 });
    for (let i = 0; i < 50; i++) recorder.report(event('web'));
    await eventually('it is there', () => recorder.state.created === 1);
    recorder.report(event('web'));
    clock.advance(299_000);
    recorder.report(event('web'));
    await turns();
    expect(events()).toMatchObject([{}]);
    expect(events()[0]).not.toHaveProperty('series');
    clock.advance(1000);
    await eventually('it is counted up', () => recorder.state.repeated === 1);
    expect(events()).toMatchObject([{ series: { count: 52, lastObservedTime: '2026-01-01T00:04:59.000000Z' } }]);
    clock.advance(3_600_000);
    await turns();
    expect(recorder.state).toMatchObject({ created: 1, repeated: 1, dropped: 0, errors: 0 });
  });

  test('creates an event anew that the server has forgotten', async () => {
    start({ repeat: 300 });
    recorder.report(event('web'));
    await eventually('it is there', () => recorder.state.created === 1);
    server.delete('events', `shop/${events()[0]?.metadata.name}`);
    recorder.report(event('web'));
    clock.advance(300_000);
    await eventually('it is there again', () => recorder.state.created === 2);
    expect(events()).toHaveLength(1);
  });

  test('spreads a storm over time, and drops the oldest where there are too many', async () => {
    start({ burst: 3, interval: 10, capacity: 8 });
    for (let i = 0; i < 100; i++) recorder.report(event(`s${i}`));
    expect(recorder.state.dropped).toBe(92);
    await eventually('the burst', () => recorder.state.created === 3);
    await turns();
    expect(events()).toHaveLength(3);
    clock.advance(9999);
    await turns();
    expect(events()).toHaveLength(3);
    clock.advance(1);
    await eventually('one more', () => recorder.state.created === 4);
    await eventually(
      'all',
      () => recorder.state.created === 8,
      () => clock.advance(1000),
    );
    expect(events().map(({ metadata: { name } }) => name.split('.')[0])).toEqual([
      's92',
      's93',
      's94',
      's95',
      's96',
      's97',
      's98',
      's99',
    ]);
  });

  test.each([429, 500])('tries again after %d', async (code) => {
    server.refuse({ code, retryAfter: 5 });
    start();
    recorder.report(event('web'));
    await eventually('a refusal', () => recorder.state.errors === 1);
    expect(recorder.state).toMatchObject({ dropped: 0, lastError: { status: code } });
    await eventually(
      'it is there',
      () => recorder.state.created === 1,
      () => clock.advance(1000),
    );
  });

  test('tries again when the server is away', async () => {
    await server.shut();
    start();
    recorder.report(event('web'));
    await eventually(
      'failures',
      () => recorder.state.errors === 3,
      () => clock.advance(1000),
    );
    await server.reopen();
    await eventually(
      'it is there',
      () => recorder.state.created === 1,
      () => clock.advance(1000),
    );
    expect(recorder.state.dropped).toBe(0);
  });

  test('drops what the server refuses, such as in a namespace that ends', async () => {
    server.refuse({ code: 403, reason: 'Forbidden' });
    start();
    recorder.report(event('web'));
    recorder.report(event('shop'));
    await eventually('the next', () => recorder.state.created === 1);
    expect(recorder.state).toMatchObject({ dropped: 1, errors: 1, lastError: { status: 403, reason: 'Forbidden' } });
    expect(events()).toHaveLength(1);
  });

  test('stops at once in a pause, and takes reports after that', async () => {
    await server.shut();
    start();
    recorder.report(event('web'));
    await eventually('a pause', () => recorder.state.errors === 1 && clock.pending.length === 1);
    await recorder.stop();
    recorder.report(event('web'));
    expect(clock.pending).toEqual([]);
  });
});

function start(options: Partial<EventRecorderOptions> = {}): void {
  recorder = EventRecorder.start(client, options);
}

function event(name: string) {
  const object = { kind: 'Service', namespace: 'shop', name, uid: `uid-${name}` } as const;
  const field = 'metadata.annotations';
  const rule = 'must be a scheduler of the kernel';
  return eventOf({ reason: 'UnknownScheduler', object, field, value: 'fastest', rule }, 'n1', new Date(clock.now()));
}

function events() {
  return server.list('events');
}

async function turns(): Promise<void> {
  for (let i = 0; i < 50; i++) await setImmediate();
}
