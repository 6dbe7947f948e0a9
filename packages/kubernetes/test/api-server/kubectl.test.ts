import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { find, run } from '../../../../test/bed/commands.ts';
import { ensureTools } from '../../../../test/bed/debian/packages.ts';
import { ApiServer } from './api-server.ts';

let folder: string;
let server: ApiServer;

beforeAll(() => ensureTools({ kubectl: 'kubernetes-client' }), 300_000);
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ipvs-kubectl-'));
  server = await ApiServer.start();
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

describe('the API server for tests, to kubectl', () => {
  test('says what it serves', async () => {
    const names = (await kubectl('api-resources', '--output=name')).trim().split('\n');
    expect(names).toEqual(expect.arrayContaining(['services', 'nodes', 'endpointslices.discovery.k8s.io']));
  });

  test('creates, gets, applies and deletes', async () => {
    expect(await apply(service({ port: 80 }))).toBe('service/web created\n');
    expect(await apply(service({ port: 80 }))).toBe('service/web unchanged\n');
    expect(await apply(service({ port: 81 }))).toBe('service/web configured\n');
    expect(await kubectl('get', 'svc', 'web', '--output=jsonpath={.spec.ports[*].port}')).toBe('81');
    expect(await kubectl('label', 'service', 'web', 'tier=front')).toBe('service/web labeled\n');
    expect(await kubectl('get', 'services', '--selector=tier=front', '--output=name')).toBe('service/web\n');
    expect(await kubectl('delete', 'service', 'web')).toBe('service "web" deleted\n');
    await expect(kubectl('get', 'service', 'web')).rejects.toThrow('services "web" not found');
  });

  test('pages', async () => {
    for (let i = 0; i < 12; i++) server.create('services', { metadata: { name: `s${i}`, namespace: 'default' } });
    const names = await kubectl('get', 'services', '--output=name', '--chunk-size=5');
    expect(names.trim().split('\n')).toHaveLength(12);
    expect(server.requests.filter(({ path }) => path.endsWith('/services'))).toHaveLength(3);
  });

  test('waits for what a watch tells', async () => {
    await apply(service({ port: 80 }));
    const deleted = kubectl('wait', '--for=delete', 'service/web', '--timeout=60s');
    while (server.watches === 0) await new Promise((resolve) => setImmediate(resolve));
    server.delete('services', 'default/web');
    expect(await deleted).toBe('service/web condition met\n');
  });
});

function kubectl(...args: string[]): Promise<string> {
  return run(find('kubectl') ?? 'kubectl', [`--server=${server.url}`, '--namespace=default', ...args], {
    env: { HOME: folder, KUBECONFIG: join(folder, 'none') },
  });
}

/** The schema that kubectl would validate with is not served. */
async function apply(object: object): Promise<string> {
  const file = join(folder, 'object.json');
  writeFileSync(file, JSON.stringify(object));
  return kubectl('apply', '--validate=false', `--filename=${file}`);
}

function service({ port }: { port: number }): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [{ name: 'http', port }] } };
}
