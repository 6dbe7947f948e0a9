import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { RecordedExchange } from './recording.ts';

/** Passes requests on to an API server, and writes down what both say. It takes no certificate for a wrong one. */
export class RecordingProxy {
  readonly exchanges: RecordedExchange[] = [];
  /** Called before a request is passed on. */
  before: (url: string) => Promise<void> = async () => {};
  readonly #target: string;
  readonly #server: Server;

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((request, response) => void this.#pass(request, response));
  }

  static async start(target: string): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends every connection of the client's. */
  reset(): void {
    this.#server.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces).toString();
    await this.before(url);
    const { host: _, connection: __, ...passed } = headers;
    const sent = httpsRequest(this.#target + url, { method, headers: passed, rejectUnauthorized: false });
    response.once('close', () => sent.destroy());
    sent.on('error', () => response.destroy()); // not recorded: the server was away
    sent.once('response', (answer) => {
      const { statusCode: status = 0 } = answer;
      const exchange: RecordedExchange = { method, url, ...(body && { body }), status, chunks: [] };
      this.exchanges.push(exchange);
      response.writeHead(status, { 'content-type': answer.headers['content-type'] });
      response.flushHeaders();
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        exchange.chunks.push(chunk);
        response.write(chunk);
      });
      answer.once('end', () => {
        exchange.ending = 'end';
        response.end();
      });
      answer.on('error', () => {
        if (response.destroyed) return; // the client left
        exchange.ending = 'cut';
        response.destroy();
      });
    });
    sent.end(body);
  }
}
