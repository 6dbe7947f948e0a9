import { afterEach, beforeEach, expect, it } from 'vitest';
import { ApiClient } from '../../src/api/api-client.ts';
import type { Event, Problem } from '../../src/objects/index.ts';
import { EventReporter } from '../../src/operation/event-reporter.ts';
import { ApiServer } from '../api-server/api-server.ts';
import { ManualClock } from '../support/manual-clock.ts';

let server: ApiServer;
let client: ApiClient;
let clock: ManualClock;
let reporter: EventReporter;
let failures: string[];

beforeEach(async () => {
  server = await ApiServer.start();
  clock = new ManualClock();
  client = new ApiClient(async () => ({ server: server.url, options: {} }), { clock });
  failures = [];
  const onFailure = (event: Event, error: unknown) => failures.push(`${event.reason}: ${(error as Error).message}`);
  reporter = new EventReporter(client, { nodeName: 'n1', onFailure });
});
afterEach(async () => {
  await reporter[Symbol.asyncDispose]();
  client.close();
  await server.stop();
});

const problem = (name: string): Problem => ({
  reason: 'AddressConflict',
  object: { kind: 'Service', namespace: 'prod', name, uid: `uid-${name}` },
  field: 'spec.externalIPs[0]',
  value: '203.0.113.9',
  rule: 'must be free',
});
const names = () => server.list('events').map((event) => (event as unknown as Event).regarding.name);
const posts = () => server.requests.filter(({ method }) => method === 'POST');

it('creates an Event for each problem', async () => {
  reporter.report([problem('a'), problem('b')]);
  await reporter.idle();
  expect(names()).toEqual(['a', 'b']);
  expect(server.list('events')[0]).toMatchObject({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    reason: 'AddressConflict',
  });
  expect(posts()[0]?.path).toBe('/apis/events.k8s.io/v1/namespaces/prod/events');
});

it('takes it for told where the Event is there already', async () => {
  reporter.report([problem('a')]);
  await reporter.idle();
  reporter.report([problem('a')]);
  await reporter.idle();
  expect(names()).toEqual(['a']);
  expect(failures).toEqual([]);
  expect(posts()).toHaveLength(2);
});

it('tries again later what fails for reasons that pass', async () => {
  server.refuse({ code: 500, times: 1 });
  reporter.report([problem('a'), problem('b')]);
  while (clock.pending.length === 0 || posts().length === 0) await new Promise(setImmediate);
  expect(names()).toEqual([]);
  const idle = reporter.idle();
  while (names().length < 2) {
    clock.advance(1000);
    await new Promise(setImmediate);
  }
  await idle;
  expect(names()).toEqual(['a', 'b']);
  expect(failures).toEqual([]);
});

it('gives up what is refused, and goes on', async () => {
  server.refuse({ code: 403, reason: 'Forbidden', times: 1 });
  reporter.report([problem('a'), problem('b')]);
  await reporter.idle();
  expect(names()).toEqual(['b']);
  expect(failures).toEqual([expect.stringContaining('AddressConflict: ')]);
});

it('tells 25 times of an object that is in conflict again and again, then every five minutes; of others as before', async () => {
  for (let i = 0; i < 200; i++) reporter.report([{ ...problem('a'), value: `203.0.113.${i}` }]);
  reporter.report([problem('b')]);
  await reporter.idle();
  expect(posts()).toHaveLength(26);
  expect(names().filter((name) => name === 'b')).toHaveLength(1);

  clock.advance(2 * 300_000);
  for (let i = 0; i < 10; i++) reporter.report([problem('a')]);
  await reporter.idle();
  expect(posts()).toHaveLength(28);

  clock.advance(25 * 300_000);
  for (let i = 0; i < 200; i++) reporter.report([problem('a')]);
  await reporter.idle();
  expect(posts()).toHaveLength(53);
  expect(failures).toEqual([]);
});

it('takes a deleted Service that is made anew for another one', async () => {
  const again = { ...problem('a'), object: { ...problem('a').object, uid: 'another' } };
  for (let i = 0; i < 100; i++) reporter.report([problem('a'), again]);
  await reporter.idle();
  expect(posts()).toHaveLength(50);
});

it('stops in the middle of waiting', async () => {
  server.refuse({ code: 503, times: 100 });
  reporter.report([problem('a'), problem('b')]);
  while (posts().length === 0) await new Promise(setImmediate);
  await reporter[Symbol.asyncDispose]();
  reporter.report([problem('c')]);
  await reporter.idle();
  expect(names()).toEqual([]);
  expect(failures).toEqual([]);
});
