import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiClient } from '../../src/api/api-client.ts';
import { type ClusterAccess, clusterAccess, inClusterAccess, kubeConfigAccess } from '../../src/api/cluster-access.ts';
import { ApiServer } from '../api-server/api-server.ts';

const { signal } = new AbortController();
const request = { path: '/api/v1/services' };

let folder: string;
let server: ApiServer;
const clients: ApiClient[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ipvs-access-'));
  server = await ApiServer.start({ tls: tls('first') });
  server.token = 'old';
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const client of clients.splice(0)) client.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});

describe('access from within a cluster', () => {
  test('takes the token and the certificate authority of the service account', async () => {
    serviceAccount('old', 'first');
    const answer = await clientOf(inClusterAccess({ server: server.url, folder })).json(request, signal);
    expect(answer).toMatchObject({ kind: 'ServiceList', items: [] });
  });

  test('reads both again once they were replaced', async () => {
    serviceAccount('old', 'first');
    const client = clientOf(inClusterAccess({ server: server.url, folder }));
    await client.json(request, signal);
    server.renewCertificate(tls('second'));
    server.token = 'new';
    await expect(client.json(request, signal)).rejects.toMatchObject({
      code: 'ERR_KUBERNETES_CONNECTION',
      message: 'GET /api/v1/services: DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    serviceAccount('new', 'second');
    expect(await client.json(request, signal)).toMatchObject({ kind: 'ServiceList' });
  });

  test('names the file that is missing', async () => {
    await expect(clientOf(inClusterAccess({ server: server.url, folder })).json(request, signal)).rejects.toMatchObject(
      {
        code: 'ERR_KUBERNETES_CONFIG',
        message: expect.stringMatching(/^Cannot read .*(token|ca\.crt) \(ENOENT\)$/),
      },
    );
  });

  test('finds the server by the environment of a pod', async () => {
    serviceAccount('old', 'first');
    const { hostname, port } = new URL(server.url);
    vi.stubEnv('KUBERNETES_SERVICE_HOST', hostname);
    await expect(inClusterAccess({ folder })(false)).rejects.toMatchObject({ code: 'ERR_KUBERNETES_CONFIG' });
    vi.stubEnv('KUBERNETES_SERVICE_PORT', port);
    expect(await clientOf(inClusterAccess({ folder })).json(request, signal)).toMatchObject({ kind: 'ServiceList' });
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '2001:db8::1');
    vi.stubEnv('KUBERNETES_SERVICE_PORT', '6443');
    expect(await inClusterAccess({ folder })(false)).toMatchObject({ server: 'https://[2001:db8::1]:6443' });
  });
});

describe('access by a kubeconfig', () => {
  test('takes the file that is named', async () => {
    const kubeconfig = writeConfig({ token: 'old' });
    expect(await clientOf(clusterAccess({ kubeconfig })).json(request, signal)).toMatchObject({ kind: 'ServiceList' });
  });

  test('takes what kubectl would take, before the service account', async () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '192.0.2.1');
    vi.stubEnv('KUBECONFIG', writeConfig({ token: 'old' }));
    expect(await clientOf(clusterAccess()).json(request, signal)).toMatchObject({ kind: 'ServiceList' });
  });

  test('goes to another server where one is named', async () => {
    const kubeconfig = writeConfig({ token: 'old' }, { server: 'https://192.0.2.1:6443' });
    const client = clientOf(clusterAccess({ kubeconfig, server: server.url }));
    expect(await client.json(request, signal)).toMatchObject({ kind: 'ServiceList' });
  });

  test('reads the file again after 401', async () => {
    const kubeconfig = writeConfig({ token: 'old' });
    const client = clientOf(clusterAccess({ kubeconfig }));
    await client.json(request, signal);
    server.token = 'new';
    writeConfig({ token: 'new' });
    await expect(client.json(request, signal)).rejects.toMatchObject({ status: 401, reason: 'Unauthorized' });
    expect(await client.json(request, signal)).toMatchObject({ kind: 'ServiceList' });
  });

  test('runs a program that gives credentials', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'old' },
    };
    const exec = { apiVersion: credential.apiVersion, command: 'echo', args: [JSON.stringify(credential)] };
    const client = clientOf(clusterAccess({ kubeconfig: writeConfig({ exec }) }));
    expect(await client.json(request, signal)).toMatchObject({ kind: 'ServiceList' });
  });

  test.each([
    ['no such file', () => join(folder, 'none'), 'ENOENT'],
    ['no context', () => writeConfig({}, {}, { 'current-context': 'other' }), 'no current context'],
    ['plain http', () => writeConfig({}, { server: 'http://127.0.0.1:1' }), 'HTTP protocol is not allowed'],
    ['a program that fails', () => writeConfig({ exec: { command: 'false' } }), 'unusable'],
    ['no YAML', () => write('config', '{'), 'unusable'],
  ])('says what is wrong: %s', async (_, config, message) => {
    await expect(clientOf(clusterAccess({ kubeconfig: config() })).json(request, signal)).rejects.toMatchObject({
      code: 'ERR_KUBERNETES_CONFIG',
      message: expect.stringContaining(message),
    });
  });

  test('takes a configuration that is loaded otherwise', async () => {
    const access = kubeConfigAccess(() => {
      const config = new KubeConfig();
      config.loadFromClusterAndUser(
        { name: 'cluster', server: server.url, skipTLSVerify: true },
        { name: 'user', token: 'old' },
      );
      return config;
    });
    expect(await clientOf(access).json(request, signal)).toMatchObject({ kind: 'ServiceList' });
  });
});

test('a certificate that is none, or an address that is none, is an error of the configuration', async () => {
  const bad = clientOf(async () => ({
    server: server.url,
    options: { cert: 'none', key: 'none' },
  }));
  await expect(bad.json(request, signal)).rejects.toMatchObject({ code: 'ERR_KUBERNETES_CONFIG' });
  const nowhere = clientOf(async () => ({ server: 'nowhere', options: {} }));
  await expect(nowhere.json(request, signal)).rejects.toMatchObject({ code: 'ERR_KUBERNETES_CONFIG' });
});

function clientOf(access: ClusterAccess): ApiClient {
  const client = new ApiClient(access);
  clients.push(client);
  return client;
}

function tls(name: string) {
  return { key: fixture(`${name}.key`), cert: fixture(`${name}.crt`) };
}

function fixture(name: string): string {
  return readFileSync(join(import.meta.dirname, '../fixtures/tls', name), 'utf8');
}

function serviceAccount(token: string, certificate: string): void {
  write('token', `${token}\n`);
  write('ca.crt', fixture(`${certificate}.crt`));
}

/** JSON, which is YAML. */
function writeConfig(user: object, cluster: object = {}, rest: object = {}): string {
  const ca = Buffer.from(fixture('first.crt')).toString('base64');
  const config = {
    clusters: [{ name: 'c', cluster: { server: server.url, 'certificate-authority-data': ca, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
    ...rest,
  };
  return write('config', JSON.stringify(config));
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
