import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { HealthCheck } from '../../src/desired/index.ts';
import { answerHealth, type HealthFacts, isHealthy } from '../../src/operation/health.ts';
import { HealthCheckServers } from '../../src/operation/health-check-servers.ts';
import { HttpServer } from '../../src/operation/http-server.ts';

const facts: HealthFacts = {
  now: Date.UTC(2026, 0, 31, 12),
  pendingSince: undefined,
  lastPass: undefined,
  leaving: false,
};

describe('/healthz and /livez', () => {
  const status = (path: string, changes: Partial<HealthFacts> = {}) =>
    answerHealth(path, { ...facts, ...changes })?.status;
  const late = { pendingSince: facts.now - 60_001 };

  it('are well while starting, and while nothing waits', () => {
    expect(status('/healthz')).toBe(200);
    expect(status('/livez', { lastPass: 0 })).toBe(200);
  });

  it('are well until a change has waited for too long', () => {
    expect(isHealthy({ ...facts, pendingSince: facts.now - 60_000 })).toBe(true);
    expect(status('/healthz', late)).toBe(503);
    expect(status('/livez', late)).toBe(503);
    expect(answerHealth('/livez', { ...facts, ...late }, 120_000)?.status).toBe(200);
  });

  it('differ for a node that is leaving', () => {
    expect(status('/healthz', { leaving: true })).toBe(503);
    expect(status('/livez', { leaving: true })).toBe(200);
  });

  it("say what kube-proxy's say", () => {
    const lastPass = facts.now - 1000;
    expect(JSON.parse(answerHealth('/healthz', { ...facts, lastPass, leaving: true })?.body ?? '')).toEqual({
      lastUpdated: '2026-01-31T11:59:59.000Z',
      currentTime: '2026-01-31T12:00:00.000Z',
      nodeEligible: false,
    });
    expect(JSON.parse(answerHealth('/livez', facts)?.body ?? '')).toEqual({
      lastUpdated: null,
      currentTime: '2026-01-31T12:00:00.000Z',
    });
  });

  it('are no other path', () => {
    expect(answerHealth('/', facts)).toBeUndefined();
  });
});

describe('HttpServer', () => {
  it('answers GET and HEAD, and never leaves a request without an answer', async () => {
    await using server = await HttpServer.listen({ host: '127.0.0.1', port: 0 }, async (path) => {
      if (path === '/fails') throw new Error('secret');
      return path === '/well' ? { status: 200, type: 'text/plain', body: 'well' } : undefined;
    });
    const at = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${server.port}${path}`, init);
    const well = await at('/well?timeout=5s');
    expect({ status: well.status, body: await well.text() }).toEqual({ status: 200, body: 'well' });
    expect(well.headers.get('x-content-type-options')).toBe('nosniff');
    const head = await at('/well', { method: 'HEAD' });
    expect({ status: head.status, body: await head.text() }).toEqual({ status: 200, body: '' });
    expect((await at('/nothing')).status).toBe(404);
    expect((await at('/well', { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(405);
    const failed = await at('/fails');
    expect({ status: failed.status, body: await failed.text() }).toEqual({ status: 500, body: 'cannot be told\n' });
  });

  it('rejects where it cannot listen', async () => {
    await using server = await HttpServer.listen({ host: '127.0.0.1', port: 0 }, () => undefined);
    const { port } = server;
    await expect(HttpServer.listen({ host: '127.0.0.1', port }, () => undefined)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});

describe('HealthCheckServers', () => {
  const open: HealthCheckServers[] = [];
  afterEach(async () => {
    for (const servers of open.splice(0)) await servers[Symbol.asyncDispose]();
  });

  const check = (port: number, localEndpoints: number, name = 'web'): HealthCheck => ({
    port,
    localEndpoints,
    owner: { kind: 'Service', namespace: 'prod', name },
  });
  function start(isHealthy = () => true) {
    const failures: unknown[] = [];
    const onFailure = ({ port }: HealthCheck, error: unknown) =>
      failures.push({ port, code: (error as { code: string }).code });
    const servers = new HealthCheckServers({ host: '127.0.0.1', isHealthy, onFailure });
    open.push(servers);
    return { servers, failures };
  }

  it('answers on any path by the endpoints here', async () => {
    const { servers } = start();
    const port = await freePort();
    await servers.apply({ changed: [check(port, 2)], removed: [] });
    const answer = await fetch(`http://127.0.0.1:${port}/any/path`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-load-balancing-endpoint-weight')).toBe('2');
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json()).toEqual({
      service: { namespace: 'prod', name: 'web' },
      localEndpoints: 2,
      serviceProxyHealthy: true,
    });
    await servers.apply({ changed: [check(port, 0)], removed: [] });
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(503);
  });

  it('is not well while the agent is not', async () => {
    let isHealthy = true;
    const { servers } = start(() => isHealthy);
    const port = await freePort();
    await servers.apply({ changed: [check(port, 1)], removed: [] });
    isHealthy = false;
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ localEndpoints: 1, serviceProxyHealthy: false });
  });

  it('closes, and gives a port to another Service at once', async () => {
    const { servers } = start();
    const port = await freePort();
    await servers.apply({ changed: [check(port, 1)], removed: [] });
    await servers.apply({ changed: [check(port, 1, 'other')], removed: [check(port, 1)] });
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).json()).toMatchObject({ service: { name: 'other' } });
    await servers.apply({ changed: [], removed: [check(port, 1)] });
    expect(servers.ports).toEqual([]);
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });

  it('tells of a port that another program has, and takes it when it is free', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { servers, failures } = start();
    await servers.apply({ changed: [check(port, 1)], removed: [] });
    expect(failures).toEqual([{ port, code: 'EADDRINUSE' }]);
    expect(servers.ports).toEqual([]);
    await servers.retry();
    expect(failures).toHaveLength(2);
    other.close();
    await once(other, 'close');
    await servers.retry();
    expect(servers.ports).toEqual([port]);
    await servers.retry();
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    expect(failures).toHaveLength(2);
  });

  it('forgets a port that is taken and given up before it is listened on', async () => {
    const { servers } = start();
    const port = await freePort();
    void servers.apply({ changed: [check(port, 1)], removed: [] });
    await servers.apply({ changed: [], removed: [check(port, 1)] });
    expect(servers.ports).toEqual([]);
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
