/**
 * Records what the reflector and the reporter of Events say to a real kube-apiserver, and what it answers, into test/fixtures/api-server.
 * By hand, after scripts/build-api-server.sh, which installs etcd as well:
 *
 *   npx tsx scripts/record-api-server.ts FOLDER/kube-apiserver
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient, type ApiRequest } from '../src/api/api-client.ts';
import type { KubeObject } from '../src/api/kube-object.ts';
import { Reflector, type ReflectorOptions } from '../src/api/reflector.ts';
import { EventReporter } from '../src/operation/event-reporter.ts';
import { problem, type Recording } from '../test/support/recording.ts';
import { RecordingProxy } from '../test/support/recording-proxy.ts';

const [binary] = process.argv.slice(2);
if (!binary) throw new Error('usage: record-api-server.ts KUBE-APISERVER');

const fixtures = join(import.meta.dirname, '../test/fixtures/api-server');
const folder = mkdtempSync(join(tmpdir(), 'ipvs-apiserver-'));
const [etcdPort, peerPort, port] = [23_790, 23_800, 23_810];
const server = `https://127.0.0.1:${port}`;
const path = '/api/v1/services';
const { signal } = new AbortController();

const direct = new ApiClient(async () => ({
  server,
  options: { ...authorization('token'), rejectUnauthorized: false },
}));
const version = execFileSync(binary, ['--version'], { encoding: 'utf8' })
  .trim()
  .replace('Kubernetes', 'kube-apiserver');

mkdirSync(fixtures, { recursive: true });
const etcd = startEtcd();
let apiserver = startApiServer();
try {
  await ready();
  for (const name of ['a', 'b', 'c', 'd']) await create(service(name));
  await record('list-and-watch', listAndWatch);
  await record('expired-watch', expiredWatch);
  await record('expired-continue', expiredContinue);
  await record('events', events);
  await record('defaults', defaults);
} finally {
  apiserver.kill('SIGKILL');
  etcd.kill();
  await Promise.all([once(apiserver, 'exit'), once(etcd, 'exit')]);
  rmSync(folder, { recursive: true });
}
process.exit();

/** A refused token, a list in pages, events of each kind, a bookmark, the end by the server, and the next watch. */
async function listAndWatch(proxy: RecordingProxy): Promise<void> {
  let token = 'wrong';
  const client = new ApiClient(async () => ({ server: proxy.url, options: authorization(token) }));
  await using services = start(client, { pageSize: 2, watchTimeout: 15, labelSelector: '!hidden' });
  await until(() => services.state.errors === 1);
  token = 'token';
  await until(() => services.state.connected);
  await create(service('e'));
  await patch('a', { spec: { sessionAffinity: 'ClientIP' } });
  await patch('b', { metadata: { labels: { hidden: 'yes' } } });
  await direct.json({ method: 'DELETE', path: `/api/v1/namespaces/default/services/c` }, signal);
  await direct.json({ method: 'POST', path: '/api/v1/nodes', body: { metadata: { name: 'n1' } } }, signal);
  await until(() => services.state.watches === 2 && services.state.connected);
}

/** A server that was restarted knows nothing of what was before. */
async function expiredWatch(proxy: RecordingProxy): Promise<void> {
  await using services = start(clientOf(proxy), { labelSelector: '!hidden' });
  await until(() => services.state.connected);
  apiserver.kill('SIGKILL');
  await once(apiserver, 'exit');
  // Written by a server that is gone again when the reflector comes back.
  proxy.before = () => delay(2 ** 31 - 1);
  apiserver = startApiServer();
  await ready();
  await create(service('f'));
  apiserver.kill('SIGKILL');
  await once(apiserver, 'exit');
  apiserver = startApiServer();
  await ready();
  proxy.before = async () => {};
  proxy.reset();
  await until(() => services.state.lists === 2 && services.state.connected);
}

/** The snapshot is compacted between the first page and the second. */
async function expiredContinue(proxy: RecordingProxy): Promise<void> {
  proxy.before = async (url) => {
    if (!url.includes('continue=')) return;
    await create(service('g'));
    await compact();
  };
  await using services = start(clientOf(proxy), { pageSize: 2, labelSelector: '!hidden' });
  await until(() => services.state.connected);
}

/** A problem that is told of, and again by a later process. */
async function events(proxy: RecordingProxy): Promise<void> {
  const failures: unknown[] = [];
  for (let process = 1; process <= 2; process++) {
    const onFailure = (_: unknown, error: unknown) => failures.push(error);
    await using reporter = new EventReporter(clientOf(proxy), { nodeName: 'n1', onFailure });
    reporter.report([problem]);
    await reporter.idle();
  }
  if (failures.length > 0) throw failures[0];
}

/** What the server makes of Services that say little. */
async function defaults(proxy: RecordingProxy): Promise<void> {
  const client = clientOf(proxy);
  const ports = [{ port: 80 }];
  for (const [name, spec] of Object.entries({
    'cluster-ip': { ports },
    'node-port': { type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] },
    affinity: { sessionAffinity: 'ClientIP', ports },
    headless: { clusterIP: 'None', ports },
  }))
    await create({ metadata: { name }, spec }, client);
}

async function record(name: string, converse: (proxy: RecordingProxy) => Promise<void>): Promise<void> {
  await using proxy = await RecordingProxy.start(server);
  await converse(proxy);
  const list = (await direct.json({ path, query: { labelSelector: '!hidden' } }, signal)) as {
    items: Recording['objects'];
  };
  const objects = list.items.map(({ metadata: { name, resourceVersion } }) => ({
    metadata: { name, resourceVersion },
  }));
  const recording: Recording = { server: version, exchanges: proxy.exchanges, objects };
  writeFileSync(join(fixtures, `${name}.json`), `${JSON.stringify(recording, null, 2)}\n`);
  console.log(`${name}: ${proxy.exchanges.map(({ method, status }) => `${method} ${status}`).join(', ')}`);
}

function start(client: ApiClient, options: Partial<ReflectorOptions<KubeObject>>): Reflector<KubeObject> {
  return Reflector.start<KubeObject>(client, { path, backoff: { random: () => 0 }, ...options });
}

function clientOf(proxy: RecordingProxy): ApiClient {
  return new ApiClient(async () => ({ server: proxy.url, options: authorization('token') }));
}

function authorization(token: string) {
  return { headers: { authorization: `Bearer ${token}` } };
}

function service(name: string) {
  return { metadata: { name }, spec: { ports: [{ port: 80 }] } };
}

function create(body: object, client = direct): Promise<unknown> {
  return client.json({ method: 'POST', path: '/api/v1/namespaces/default/services', body }, signal);
}

function patch(name: string, body: object): Promise<unknown> {
  const request: ApiRequest = { method: 'PATCH', path: `/api/v1/namespaces/default/services/${name}`, body };
  return direct.json({ ...request, contentType: 'application/merge-patch+json' }, signal);
}

async function compact(): Promise<void> {
  const { metadata } = (await direct.json({ path }, signal)) as { metadata: { resourceVersion: string } };
  const body = JSON.stringify({ revision: metadata.resourceVersion });
  const answer = await fetch(`http://127.0.0.1:${etcdPort}/v3/kv/compaction`, { method: 'POST', body });
  if (!answer.ok) throw new Error(`etcd does not compact: ${await answer.text()}`);
}

function startEtcd(): ChildProcess {
  const client = `http://127.0.0.1:${etcdPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return run('etcd', [
    `--data-dir=${folder}/etcd`,
    ...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
    ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=default=${peer}`],
  ]);
}

function startApiServer(): ChildProcess {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = join(folder, 'service-account.key');
  writeFileSync(key, privateKey.export({ type: 'pkcs1', format: 'pem' }));
  writeFileSync(join(folder, 'tokens.csv'), 'token,admin,admin,system:masters\n');
  return run(binary as string, [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    ...[`--secure-port=${port}`, '--bind-address=127.0.0.1', `--cert-dir=${folder}/certificates`],
    '--service-cluster-ip-range=10.96.0.0/16',
    '--service-account-issuer=https://kubernetes.default.svc',
    ...[`--service-account-signing-key-file=${key}`, `--service-account-key-file=${key}`],
    `--token-auth-file=${folder}/tokens.csv`,
    ...['--authorization-mode=AlwaysAllow', '--disable-admission-plugins=ServiceAccount'],
  ]);
}

/** Its log is shown when it ends early. */
function run(command: string, args: string[]): ChildProcess {
  const log = openSync(join(folder, 'log'), 'a');
  return spawn(command, args, { stdio: ['ignore', log, log] });
}

async function ready(): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end; await delay(500))
    if (
      await direct.json({ path: '/api/v1/namespaces/default' }, signal).then(
        () => true,
        () => false,
      )
    )
      return;
  throw new Error(
    `The API server is not ready after two minutes:\n${execFileSync('tail', ['-n', '20', join(folder, 'log')])}`,
  );
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 120_000; !holds(); await delay(10))
    if (Date.now() > end) throw new Error(`Not within two minutes: ${holds}`);
}
