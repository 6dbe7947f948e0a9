import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { commandProbe, httpProbe, type Probe, ProbeError, tcpProbe } from '../../src/health/index.ts';
import { InputError } from '../../src/ipvs/index.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) (server.closeAllConnections as () => void)();
    server.close();
  }
});

async function listening<T extends Server>(server: T, host = '127.0.0.1'): Promise<{ address: string; port: number }> {
  servers.push(server);
  server.listen(0, host);
  await once(server, 'listening');
  return { address: host, port: (server.address() as AddressInfo).port };
}

async function nobody(): Promise<{ address: string; port: number }> {
  const target = await listening(createServer());
  const server = servers.pop();
  server?.close();
  return target;
}

const http = (answer: RequestListener) => listening(createHttpServer(answer));
const never = new AbortController().signal;

/** Why a server is not well. */
async function failure(probe: Probe, target: { address: string; port: number }, signal = never): Promise<string> {
  const error = await probe(target, { signal }).then(
    () => undefined,
    (error) => error,
  );
  expect(error).toBeInstanceOf(ProbeError);
  return error.message;
}

/** A signal that is aborted when a server has got what it does not answer. */
function whenAsked(): { answer: RequestListener; signal: AbortSignal } {
  const abort = new AbortController();
  return { answer: () => abort.abort(), signal: abort.signal };
}

describe('tcpProbe', () => {
  test.each(['127.0.0.1', '::1'])('is content with a connection to %s', async (host) => {
    await tcpProbe()(await listening(createServer(), host), { signal: never });
  });

  test('tries another port where it is told so', async () => {
    const { address, port } = await listening(createServer());
    await tcpProbe({ port })({ address, port: 1 }, { signal: never });
  });

  test('says why there is no connection', async () => {
    const target = await nobody();
    expect(await failure(tcpProbe(), target)).toBe(`No connection to 127.0.0.1:${target.port} (ECONNREFUSED)`);
  });

  test('ends when it is aborted', async () => {
    const abort = new AbortController();
    const failing = failure(tcpProbe(), await listening(createServer()), abort.signal);
    abort.abort();
    expect(await failing).toMatch(/^No connection to 127\.0\.0\.1:\d+ in time$/);
  });
});

describe('httpProbe', () => {
  test('is content with the expected status and body', async () => {
    const requests: unknown[] = [];
    const target = await http((request, response) => {
      requests.push([request.method, request.url, request.headers.host]);
      response.writeHead(204).end();
    });
    await httpProbe()(target, { signal: never });
    await httpProbe({ path: '/health', method: 'HEAD', headers: { host: 'a.example' }, status: [204] })(target, {
      signal: never,
    });
    expect(requests).toEqual([
      ['GET', '/', `127.0.0.1:${target.port}`],
      ['HEAD', '/health', 'a.example'],
    ]);
  });

  test.each([
    ['all is well', true],
    [/^all .* well$/, true],
    ['all is lost', false],
    [/lost/, false],
  ])('looks for %s in the body', async (body, well) => {
    const target = await http((_, response) => response.end('all is well'));
    const probing = httpProbe({ body })(target, { signal: never });
    if (well) await probing;
    else await expect(probing).rejects.toThrow('answers with another body');
  });

  test('reads no more of a body than it looks at', async () => {
    const target = await http((_, response) => {
      const more = () => response.write('x'.repeat(10_000), () => setImmediate(more));
      more();
    });
    expect(await failure(httpProbe({ body: 'y' }), target)).toMatch(/answers with another body$/);
  });

  test.each([[301], [404], [500]])('is not content with status %i', async (status) => {
    const target = await http((_, response) => response.writeHead(status).end());
    expect(await failure(httpProbe(), target)).toBe(`127.0.0.1:${target.port} answers with status ${status}`);
  });

  test.each([
    ['resets the connection', (_, response) => response.socket?.resetAndDestroy(), /\(ECONNRESET\)$/],
    [
      'cuts its body',
      (_, response) => response.writeHead(200, { 'content-length': 9 }).write('x', () => response.destroy()),
      /did not finish its answer$/,
    ],
  ] satisfies [string, RequestListener, RegExp][])('says so of a server that %s', async (_, answer, message) => {
    expect(await failure(httpProbe({ body: 'x' }), await http(answer))).toMatch(message);
  });

  test('says so of a server that speaks no HTTP, and of none', async () => {
    const target = await listening(createServer((socket) => socket.end('SSH-2.0-x\r\n')));
    expect(await failure(httpProbe(), target)).toMatch(/\(HPE_INVALID_CONSTANT\)$/);
    expect(await failure(httpProbe(), await nobody())).toMatch(/\(ECONNREFUSED\)$/);
    expect(await failure(httpProbe({ tls: true }), target)).toMatch(/^No answer from/);
  });

  test('ends when it is aborted', async () => {
    const { answer, signal } = whenAsked();
    expect(await failure(httpProbe(), await http(answer), signal)).toMatch(/^No answer from .* in time$/);
  });

  test.each([{ path: 'health' }, { port: 0 }])('refuses %j', (options) => {
    expect(() => httpProbe(options)).toThrow(InputError);
  });
});

describe('commandProbe', () => {
  const target = { address: '192.0.2.1', port: 80 };
  const script = (text: string) => commandProbe(process.execPath, ['-e', text]);

  test('is content with status 0, and tells the command what to try', async () => {
    await script(`process.exit(process.env.IPVS_ADDRESS === '192.0.2.1' && process.env.IPVS_PORT === '80' ? 0 : 1)`)(
      target,
      { signal: never },
    );
  });

  test('says how the command ended', async () => {
    expect(await failure(script(`console.error('no route'); process.exit(3)`), target)).toMatch(
      / ended with status 3(: no route)?$/,
    );
    expect(await failure(script(`process.kill(process.pid, 'SIGTERM')`), target)).toMatch(/ ended with SIGTERM$/);
    expect(await failure(commandProbe('/no/such/command'), target)).toBe('/no/such/command cannot be started (ENOENT)');
  });

  test('is killed when it is aborted', async () => {
    const abort = new AbortController();
    const failing = failure(script('setInterval(() => {}, 1000)'), target, abort.signal);
    abort.abort();
    expect(await failing).toMatch(/ did not end in time$/);
  });

  test('refuses an empty command', () => {
    expect(() => commandProbe('')).toThrow(InputError);
  });
});
