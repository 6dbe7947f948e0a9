import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import {
  commandProbe,
  type HttpProbeOptions,
  httpProbe,
  type Probe,
  ProbeError,
  tcpProbe,
} from '../../src/health/index.ts';
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
    expect(await failure(tcpProbe(), await listening(createServer()), abort.signal)).toMatch(/ in time$/);
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

  test.each([
    [
      'of a server that switches protocols',
      {},
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    ],
    ['of a tunnel', { method: 'CONNECT' }, 'HTTP/1.1 200 OK\r\n\r\n'],
  ])('takes the answer %s for one', async (_, options, answer) => {
    const target = await listening(createServer((socket) => socket.on('error', () => {}).write(answer)));
    const status = Number(answer.slice(9, 12));
    expect(await failure(httpProbe({ ...options, status: [204] }), target)).toMatch(`answers with status ${status}`);
    await httpProbe({ ...options, status: [status] })(target, { signal: never });
  });

  test('ends when it is aborted', async () => {
    const { answer, signal } = whenAsked();
    expect(await failure(httpProbe(), await http(answer), signal)).toMatch(/^No answer from .* in time$/);
  });

  test.each([
    [{ path: 'health' }, 'probe.path'],
    [{ path: '/health check' }, 'probe.path'],
    [{ path: '/\u0142' }, 'probe.path'],
    [{ port: 0 }, 'probe.port'],
    [{ pth: '/' }, 'probe.pth'],
    ['http://192.0.2.1/', 'probe'],
    [{ status: 200 }, 'probe.status'],
    [{ status: [20] }, 'probe.status[0]'],
    [{ body: 7 }, 'probe.body'],
    [{ headers: 'x' }, 'probe.headers'],
    [{ tls: 'yes' }, 'probe.tls'],
    [{ serverName: 7 }, 'probe.serverName'],
    [{ method: 'GE T' }, 'probe.method'],
    [{ method: '' }, 'probe.method'],
    [{ headers: { 'x probe': '1' } }, 'probe.headers.x probe'],
    [{ headers: { 'x-probe': '1\r\n' } }, 'probe.headers.x-probe'],
  ])('refuses %j', (options, path) => {
    expect(() => httpProbe(options as HttpProbeOptions)).toThrow(
      expect.objectContaining({ constructor: InputError, path }),
    );
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

  test('says so where no descriptor is left, and works again when there is one', () => {
    const script = fileURLToPath(new URL('../support/linux/probe-without-descriptors.ts', import.meta.url));
    const command = `ulimit -n 64 && exec "${process.execPath}" --import tsx "${script}"`;
    const { message, well } = JSON.parse(execFileSync('sh', ['-c', command], { encoding: 'utf8' }));
    expect(message).toBe('true cannot be started (EMFILE)');
    expect(well).toBe(true);
  });

  test.each([
    ['an empty command', 'command', ''],
    ['a command with a zero byte', 'command', 'a\0b'],
    ['a parameter that is a number', 'parameters', 'a', [5]],
    ['parameters that are no array', 'parameters', 'a', 'b'],
    ['a variable with a zero byte', 'probe.env', 'a', [], { env: { A: '\0' } }],
    ['an unknown option', 'probe.environment', 'a', [], { environment: {} }],
  ])('refuses %s', (_, path, ...words) => {
    const error = expect.objectContaining({ constructor: InputError, path });
    expect(() => commandProbe(...(words as [string]))).toThrow(error);
  });

  test('tcpProbe refuses an unknown option', () => {
    expect(() => tcpProbe({ prt: 80 } as never)).toThrow(InputError);
  });
});
