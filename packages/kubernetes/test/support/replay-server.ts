import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Recording } from './recording.ts';

/** Answers as a real API server did, as long as it is asked the same in the same order. */
export class ReplayServer {
  readonly #recording: Recording;
  readonly #server: Server;
  #next = 0;
  /** What was asked that was not asked then. */
  readonly strayed: string[] = [];

  private constructor(recording: Recording) {
    this.#recording = recording;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(recording: Recording): Promise<ReplayServer> {
    const replay = new ReplayServer(recording);
    replay.#server.listen(0, '127.0.0.1');
    await once(replay.#server, 'listening');
    return replay;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Whether everything that was asked then was asked again. */
  get finished(): boolean {
    return this.#next === this.#recording.exchanges.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    await once(request, 'end');
    const exchange = this.#recording.exchanges[this.#next];
    if (!exchange || exchange.method !== request.method || exchange.url !== request.url) {
      this.strayed.push(`${request.method} ${request.url}`);
      response.writeHead(500).end();
      return;
    }
    this.#next += 1;
    response.writeHead(exchange.status, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const chunk of exchange.chunks) await new Promise((resolve) => response.write(chunk, resolve));
    if (exchange.ending === 'end') response.end();
    if (exchange.ending === 'cut') response.destroy();
  }
}
