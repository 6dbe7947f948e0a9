import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Ipvs } from '../../ipvs/index.ts';
import { collectMetrics } from '../../metrics/index.ts';
import { Failure, status } from '../failure.ts';
import { defineCommand } from './command.ts';

export const exporter = defineCommand({
  name: 'exporter',
  synopsis: 'exporter [--listen ADDRESS:PORT] [--no-destinations]',
  summary: 'serve metrics for Prometheus at /metrics, and /healthz',
  options: {
    listen: {
      type: 'string',
      operand: 'ADDRESS:PORT',
      default: '127.0.0.1:9948',
      about: 'where to, 127.0.0.1:9948 by default; :PORT for every address',
    },
    'no-destinations': { type: 'boolean', about: 'leave out what is told of each destination' },
  },
  async run({ values }, { open, stderr, signal }) {
    const place = parseListen(values.listen ?? '');
    const { Registry } = await promClient();
    const ipvs = await open({ readOnly: true });
    const registry = new Registry();
    collectMetrics(ipvs, { registry, destinations: !values['no-destinations'] });
    const server = createServer(serve(ipvs, registry));
    server.listen(place);
    await once(server, 'listening', { signal });
    stderr.write(`ipvs: listening on ${url(server.address() as AddressInfo)}\n`);
    if (!signal.aborted) await once(signal, 'abort');
    // Requests under way are answered; connections that are kept alive are not waited for.
    server.close();
    server.closeIdleConnections();
    await once(server, 'close');
    return 0;
  },
});

interface Exposition {
  readonly contentType: string;
  metrics(): Promise<string>;
}

function serve(ipvs: Ipvs, registry: Exposition): RequestListener {
  return async ({ method, url: target = '' }, response) => {
    const answer = (code: number, type: string, text: string) =>
      response.writeHead(code, { 'Content-Type': type, Connection: 'close' }).end(method === 'HEAD' ? '' : text);
    const plain = (code: number, text: string) => answer(code, 'text/plain; charset=utf-8', `${text}\n`);
    try {
      const path = target.split('?', 1)[0];
      if (method !== 'GET' && method !== 'HEAD') plain(405, 'only GET and HEAD are served');
      else if (path === '/metrics') answer(200, registry.contentType, await registry.metrics());
      else if (path === '/healthz') await ipvs.info().then(() => plain(200, 'ok'));
      else plain(404, 'there are /metrics and /healthz');
    } catch (error) {
      plain(503, (error as Error).message);
    }
  };
}

function parseListen(text: string): { readonly host?: string; readonly port: number } {
  const [, bracketed, address, digits] = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 0xffff)
    throw new Failure(`--listen must be ADDRESS:PORT or [ADDRESS]:PORT, got '${text}'`, status.input);
  const host = bracketed ?? address;
  return host ? { host, port } : { port };
}

function url({ address, port, family }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/metrics`;
}

async function promClient(): Promise<typeof import('prom-client')> {
  try {
    return (await import('prom-client')).default;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Failure('the exporter needs the package prom-client: npm install prom-client', status.input);
  }
}
