import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Ipvs } from '../../ipvs/index.ts';
import { CONTENT_TYPE, formatMetrics } from '../../metrics/exposition.ts';
import { createReader } from '../../metrics/reader.ts';
import type { Group } from '../../metrics/scrape.ts';
import { Failure, status } from '../failure.ts';
import { defineCommand } from './command.ts';

/** Milliseconds that connections have to end by themselves when the command ends. */
const GRACE = 5000;

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
    const ipvs = await open({ readOnly: true });
    const read = createReader(ipvs, { service: () => true, destinations: !values['no-destinations'] });
    const server = createServer(serve(ipvs, read));
    server.listen(place);
    await once(server, 'listening');
    stderr.write(`ipvs: listening on ${url(server.address() as AddressInfo)}\n`);
    if (!signal.aborted) await once(signal, 'abort');
    await close(server);
    return 0;
  },
});

/** Answers requests under way, as far as there is time; connections that are kept alive are not waited for. */
async function close(server: Server): Promise<void> {
  server.close();
  server.closeIdleConnections();
  const grace = setTimeout(() => server.closeAllConnections(), GRACE).unref();
  await once(server, 'close');
  clearTimeout(grace);
}

function serve(ipvs: Ipvs, read: () => Promise<readonly Group[]>): RequestListener {
  return async ({ method, url: target = '' }, response) => {
    const answer = (code: number, type: string, text: Iterable<string>) => {
      response.writeHead(code, { 'Content-Type': type, Connection: 'close' });
      // What goes wrong from now on is that nobody reads any more.
      return pipeline(method === 'HEAD' ? [] : text, response).catch(() => {});
    };
    const plain = (code: number, text: string) => answer(code, 'text/plain; charset=utf-8', [`${text}\n`]);
    try {
      const path = target.split('?', 1)[0];
      if (method !== 'GET' && method !== 'HEAD') await plain(405, 'only GET and HEAD are served');
      else if (path === '/metrics') await answer(200, CONTENT_TYPE, formatMetrics(await read()));
      else if (path === '/healthz') await ipvs.info().then(() => plain(200, 'ok'));
      else await plain(404, 'there are /metrics and /healthz');
    } catch (error) {
      await plain(503, (error as Error).message);
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
