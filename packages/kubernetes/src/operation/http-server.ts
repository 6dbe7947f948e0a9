import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An answer to a request. */
export interface Answer {
  readonly status: number;
  readonly type: 'application/json' | 'text/plain; charset=utf-8' | (string & {});
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where a server listens. */
export interface ListenOptions {
  /** Default: all addresses of the machine, of both families. */
  readonly host?: string | undefined;
  /** 0 for any that is free. */
  readonly port: number;
}

/** A server that answers each GET by a function of its path. */
export class HttpServer implements AsyncDisposable {
  readonly #server: Server;

  /**
   * Listens.
   * @param answer undefined for a path that there is none for
   * @throws the system's error where it cannot listen, code `EADDRINUSE` where another does
   */
  static async listen(
    { host, port }: ListenOptions,
    answer: (path: string) => Answer | undefined | Promise<Answer | undefined>,
  ): Promise<HttpServer> {
    const server = createServer((request, response) => {
      respond(request, response, answer).catch(() => response.destroy());
    });
    server.listen({ host, port });
    await once(server, 'listening');
    return new HttpServer(server);
  }

  private constructor(server: Server) {
    this.#server = server;
  }

  /** The port that it listens on. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Stops listening, and ends requests under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

const NOT_FOUND: Answer = { status: 404, type: 'text/plain; charset=utf-8', body: 'not found\n' };
const NOT_ALLOWED: Answer = { ...NOT_FOUND, status: 405, body: 'only GET and HEAD are known\n' };
const FAILED: Answer = { ...NOT_FOUND, status: 500, body: 'cannot be told\n' };

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (path: string) => Answer | undefined | Promise<Answer | undefined>,
): Promise<void> {
  const { method, url = '/' } = request;
  request.resume(); // a body is of no interest, but would keep the connection from its next request
  const isKnown = method === 'GET' || method === 'HEAD';
  const [path = '/'] = url.split('?');
  const { status, type, body, headers } = isKnown ? await tryAnswer(answer, path) : NOT_ALLOWED;
  response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff', ...headers });
  response.end(method === 'HEAD' ? undefined : body);
}

async function tryAnswer(
  answer: (path: string) => Answer | undefined | Promise<Answer | undefined>,
  path: string,
): Promise<Answer> {
  try {
    return (await answer(path)) ?? NOT_FOUND;
  } catch {
    return FAILED;
  }
}
