import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileDeadlines, memoryDeadlines } from 'ipvs/reconcile';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lenientDeadlines } from '../../src/agent/lenient-deadlines.ts';
import { Programmer } from '../../src/agent/programmer.ts';
import { DesiredState } from '../../src/desired/index.ts';
import { n1 } from '../support/desired.ts';
import { MemoryNode } from '../support/memory-node.ts';
import { endpoints, port, service, slice } from '../support/objects.ts';

let folder: string;
let file: string;
let failures: string[];
const onFailure = (error: unknown) => failures.push((error as { code: string }).code);
const one = new Map([['tcp 10.96.0.1:80 10.244.2.3:80', Date.UTC(2026, 0, 31)]]);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deadlines-'));
  file = join(folder, 'deadlines.json');
  failures = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('what is saved is there after a restart', async () => {
  await lenientDeadlines(fileDeadlines(file), onFailure).save(one);
  expect(await lenientDeadlines(fileDeadlines(file), onFailure).load()).toEqual(one);
  expect(failures).toEqual([]);
});

test('a file that holds something else is told of once, taken as empty, and replaced', async () => {
  await writeFile(file, '');
  const store = lenientDeadlines(fileDeadlines(file), onFailure);
  expect(await store.load()).toEqual(new Map());
  expect(await store.load()).toEqual(new Map());
  expect(failures).toEqual(['ERR_INPUT']);
  await store.save(one);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    'tcp 10.96.0.1:80 10.244.2.3:80': '2026-01-31T00:00:00.000Z',
  });
});

test('saves that fail are told of once until one works, and nothing is forgotten', async () => {
  const memory = memoryDeadlines();
  let isFull = true;
  const save = async (deadlines: ReadonlyMap<string, number>) => {
    if (isFull) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    await memory.save(deadlines);
  };
  const store = lenientDeadlines({ load: memory.load, save }, onFailure);
  await store.save(new Map());
  await store.save(one);
  expect(failures).toEqual(['ENOSPC']);
  expect(await store.load()).toEqual(one);
  isFull = false;
  await store.save(one);
  expect(await memory.load()).toEqual(one);
  isFull = true;
  await store.save(new Map());
  expect(failures).toEqual(['ENOSPC', 'ENOSPC']);
});

test('a drain whose deadline cannot be kept stops no change', async () => {
  await using node = await MemoryNode.create();
  const deadlines = lenientDeadlines(fileDeadlines(join(folder, 'missing', 'deadlines.json')), onFailure);
  const programmer = new Programmer(node.plane, { drainDeadline: 300, deadlines });
  const state = new DesiredState(n1, { services: 'all' });
  const want = (...addresses: string[]) => {
    state.upsert(service('a', { clusterIP: '10.96.0.1', ports: [port(80)] }));
    state.upsert(slice('a-1', 'a', [port(80)], endpoints(...addresses)));
    programmer.take(state.takeChanges());
  };
  want('10.244.2.3', '10.244.2.4');
  await programmer.fullPass();
  const web = { protocol: 'tcp', address: '10.96.0.1', port: 80 } as const;
  node.kernel.traffic(web, { destination: { address: '10.244.2.3', port: 80 }, active: 2 });
  want('10.244.2.4');
  state.upsert(service('b', { clusterIP: '10.96.0.2', ports: [port(80)] }));
  programmer.take(state.takeChanges());
  expect(await programmer.pass()).toMatchObject({ failures: [], isComplete: true });
  expect(programmer.draining).toHaveLength(1);
  await programmer.tick();
  expect(await programmer.fullPass()).toMatchObject({ failures: [], isComplete: true });
  expect(await node.ipvs.services()).toHaveLength(2);
  expect(failures).toHaveLength(1);
});
