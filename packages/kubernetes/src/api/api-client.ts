import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { ApiError, describeCause } from './api-error.ts';
import { type Clock, systemClock } from './clock.ts';
import type { ClusterAccess, ClusterEndpoint } from './cluster-access.ts';
import { retryAfterOf, statusError } from './status.ts';

/** Options of an {@link ApiClient}. */
export interface ApiClientOptions {
  /** Seconds until a connection must stand, credentials included; default 15. */
  readonly connectTimeout?: number | undefined;
  /** Seconds after which a connection over which nothing comes is given up; default 75. Bookmarks come each minute. */
  readonly inactivity?: number | undefined;
  readonly clock?: Clock | undefined;
}

export interface ApiRequest {
  /** Default `'GET'`. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `'/api/v1/services'`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: object;
  /** Default `'application/json'`. */
  readonly contentType?: string;
}

/** The text of an answer, piece by piece as it comes. It must be read to its end, or left by `return`. */
export type ApiResponse = AsyncGenerator<string, void, undefined>;

/** No page of objects is longer; what is longer is no answer of an API server. */
const MAX_BODY = 256 * 2 ** 20;

/** Speaks to an API server over HTTP. Throws ApiError, or the signal's reason. */
export class ApiClient {
  readonly clock: Clock;
  readonly #access: ClusterAccess;
  readonly #connectTimeout: number;
  readonly #inactivity: number;
  // They tell connections with different certificates apart, so that renewed ones are used at once.
  readonly #agents = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) };
  #renew = false;

  constructor(access: ClusterAccess, options: ApiClientOptions = {}) {
    const { connectTimeout = 15, inactivity = 75, clock = systemClock } = options;
    this.#access = access;
    this.#connectTimeout = connectTimeout * 1000;
    this.#inactivity = inactivity * 1000;
    this.clock = clock;
  }

  /** Sends a request and waits for a whole answer, which must be JSON. */
  async json(request: ApiRequest, signal: AbortSignal): Promise<unknown> {
    const pieces: string[] = [];
    let length = 0;
    for await (const piece of await this.open(request, signal)) {
      length += piece.length;
      if (length > MAX_BODY)
        throw new ApiError(
          'ERR_KUBERNETES_RESPONSE',
          `${describe(request)}: the answer is longer than ${MAX_BODY} characters`,
        );
      pieces.push(piece);
    }
    return parseJson(describe(request), pieces.join(''));
  }

  /** Sends a request and waits until its answer begins. A refusal is thrown. */
  async open(request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
    signal.throwIfAborted();
    const exchange = new Exchange(describe(request), this.clock, signal);
    try {
      exchange.expect(this.#connectTimeout);
      const endpoint = await exchange.race(this.#access(this.#renew));
      this.#renew = false;
      const response = await exchange.send(() => this.#send(request, endpoint), this.#inactivity);
      const body = exchange.read(response, this.#inactivity);
      const { statusCode = 0, headers } = response;
      if (statusCode >= 200 && statusCode < 300) return body;
      this.#renew = statusCode === 401;
      throw statusError(describe(request), await statusObject(body), statusCode, retryAfterOf(headers['retry-after']));
    } catch (error) {
      exchange.end();
      throw error;
    }
  }

  /** Closes connections that wait for a next request. Those in use are closed by their signals. */
  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  #send(request: ApiRequest, { server, options }: ClusterEndpoint): ClientRequest {
    const { method = 'GET', body, contentType = 'application/json' } = request;
    const url = urlOf(server, request.path);
    for (const [name, value] of Object.entries(request.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const secure = url.protocol === 'https:';
    const headers = {
      accept: 'application/json',
      'user-agent': 'ipvs-kubernetes',
      ...(body && { 'content-type': contentType }),
      ...options.headers,
    };
    const agent = this.#agents[secure ? 'https:' : 'http:'];
    const sent = (secure ? httpsRequest : httpRequest)(url, { agent, ...options, method, headers });
    sent.end(body && JSON.stringify(body));
    return sent;
  }
}

/** One request: what ends it early, be it its signal or silence. */
class Exchange {
  readonly #request: string;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #cancelTimer = () => {};
  /** Why it was ended early. */
  #failure: { readonly reason: unknown } | undefined;
  /** Ends what is being waited for. */
  #interrupt: (reason: Error) => void = () => {};

  constructor(request: string, clock: Clock, signal: AbortSignal) {
    this.#request = request;
    this.#clock = clock;
    this.#signal = signal;
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  readonly #abort = () => this.#fail(this.#signal.reason);

  /** The next sign of life must come within so many milliseconds. */
  expect(milliseconds: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(milliseconds, () =>
      this.#fail(
        new ApiError('ERR_KUBERNETES_TIMEOUT', `${this.#request}: nothing came for ${milliseconds / 1000} seconds`),
      ),
    );
  }

  async race<T>(promise: Promise<T>): Promise<T> {
    const interrupted = new Promise<never>((_, reject) => {
      this.#interrupt = reject;
    });
    try {
      return await Promise.race([promise, interrupted]);
    } catch (error) {
      throw this.#failure ? this.#failure.reason : error;
    }
  }

  async send(start: () => ClientRequest, inactivity: number): Promise<IncomingMessage> {
    let sent: ClientRequest;
    try {
      sent = start();
    } catch (cause) {
      if (cause instanceof ApiError) throw cause;
      // Such as a certificate that is none.
      throw new ApiError('ERR_KUBERNETES_CONFIG', `${this.#request}: ${describeCause(cause)}`, { cause });
    }
    this.#interrupt = (reason) => sent.destroy(reason);
    sent.once('socket', (socket) => {
      if (!socket.connecting) this.expect(inactivity);
      else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => this.expect(inactivity));
    });
    return new Promise((resolve, reject) => {
      sent.once('response', (response) => {
        response.on('error', () => {}); // it is thrown to whoever reads
        this.#interrupt = (reason) => response.destroy(reason);
        resolve(response);
      });
      sent.on('error', (cause) => reject(this.#reasonFor(cause)));
    });
  }

  async *read(response: IncomingMessage, inactivity: number): ApiResponse {
    response.setEncoding('utf8');
    this.expect(inactivity);
    try {
      for await (const piece of response) {
        this.expect(inactivity);
        yield piece;
      }
    } catch (cause) {
      throw this.#reasonFor(cause);
    } finally {
      this.end();
    }
  }

  end(): void {
    this.#cancelTimer();
    this.#signal.removeEventListener('abort', this.#abort);
    this.#interrupt(new Error('no longer wanted')); // nothing happens to what is over
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#interrupt(reason instanceof Error ? reason : new Error('aborted'));
  }

  #reasonFor(cause: unknown): unknown {
    if (this.#failure) return this.#failure.reason;
    return new ApiError('ERR_KUBERNETES_CONNECTION', `${this.#request}: ${describeCause(cause)}`, { cause });
  }
}

function urlOf(server: string, path: string): URL {
  try {
    return new URL(server.replace(/\/$/, '') + path);
  } catch (cause) {
    throw new ApiError('ERR_KUBERNETES_CONFIG', `${JSON.stringify(server)} is no URL of an API server`, { cause });
  }
}

/** For messages: `'GET /api/v1/services'`. */
function describe({ method = 'GET', path }: ApiRequest): string {
  return `${method} ${path}`;
}

/** The Status in a refusal; what else may be there, such as a proxy's page, is cut. */
async function statusObject(body: ApiResponse): Promise<unknown> {
  let text = '';
  for await (const piece of body) {
    text += piece;
    if (text.length > 65_536) break;
  }
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.slice(0, 200) };
  }
}

/** Reads JSON of an answer. */
export function parseJson(request: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiError(
      'ERR_KUBERNETES_RESPONSE',
      `${request}: the answer is not JSON: ${JSON.stringify(text.slice(0, 80))}`,
      { cause },
    );
  }
}
