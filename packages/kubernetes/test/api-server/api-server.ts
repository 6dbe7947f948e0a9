import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type Clock, systemClock } from '../../src/api/clock.ts';
import { applyPatch } from './patch.ts';
import {
  type ApiObject,
  apiVersionOf,
  discoveryDocument,
  type Resource,
  resourceName,
  resources,
} from './resources.ts';
import { fieldSelector, labelSelector, type Selector } from './selectors.ts';
import { expired, notFound, StatusError, statusOf } from './status.ts';
import { keyOf, Storage } from './storage.ts';
import { WatchStream } from './watch-stream.ts';

export interface ApiServerOptions {
  readonly clock?: Clock;
  /** Serves https with these. */
  readonly tls?: TlsOptions;
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
}

export interface TlsOptions {
  readonly key: string;
  readonly cert: string;
}

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

/** A refusal of the next requests. */
export interface Refusal {
  readonly code: number;
  readonly reason?: string;
  /** How many requests; default 1. */
  readonly times?: number;
  /** Which requests; default all. */
  readonly of?: (request: SeenRequest) => boolean;
  readonly retryAfter?: number;
}

/** What a path names. */
interface Target {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/**
 * An API server for tests: it serves a few resources over HTTP by the rules of the real one, and fails on demand. It validates
 * nothing, runs no controllers, and knows neither server-side apply nor tables.
 */
export class ApiServer {
  readonly storage: Storage;
  /** Every request, in order. */
  readonly requests: SeenRequest[] = [];
  /** What requests must bear as a token; undefined for none. */
  token: string | undefined;
  /** How a watch that begins before the history is refused: in the stream, as the watch cache does, or as a status. */
  expiredWatch: 'stream' | 'status' = 'stream';
  /** How many versions earlier than asked watches begin, as if the last events were sent twice. */
  replay = 0;
  /** Milliseconds before a list is answered. */
  listDelay = 0;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #host: string;
  readonly #sockets = new Set<Socket>();
  readonly #watches = new Set<WatchStream>();
  readonly #frozen = new WeakSet<Socket>();
  readonly #held = new Set<string>();
  #refusals: { refusal: Refusal; left: number }[] = [];
  #port = 0;
  readonly #scheme: string;

  private constructor({ clock = systemClock, tls, host = '127.0.0.1' }: ApiServerOptions) {
    this.#clock = clock;
    this.storage = new Storage(clock);
    this.#host = host;
    this.#scheme = tls ? 'https' : 'http';
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#server = tls ? createTlsServer(tls, serve) : createServer(serve);
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(options: ApiServerOptions = {}): Promise<ApiServer> {
    const server = new ApiServer(options);
    await server.reopen();
    return server;
  }

  get url(): string {
    return `${this.#scheme}://${this.#host}:${this.#port}`;
  }

  /** How many watches are open. */
  get watches(): number {
    return this.#watches.size;
  }

  create(plural: string, object: ApiObject): ApiObject {
    return this.storage.create(resourceOf(plural), object);
  }

  update(plural: string, object: ApiObject): ApiObject {
    return this.storage.update(resourceOf(plural), keyOf(object), object);
  }

  delete(plural: string, key: string): void {
    this.storage.delete(resourceOf(plural), key);
  }

  list(plural: string): ApiObject[] {
    return this.storage.snapshot(resourceOf(plural));
  }

  /** Answers the next requests with an error. */
  refuse(refusal: Refusal): void {
    this.#refusals.push({ refusal, left: refusal.times ?? 1 });
  }

  /** Cuts every open watch in the middle of its next event: by a reset, or as if the stream ended there. */
  cutNextEvent(how: 'reset' | 'end' = 'reset'): void {
    for (const watch of this.#watches) watch.cut = how;
  }

  /** Resets every connection. */
  reset(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Ends every open watch with 410 in the stream. */
  expireWatches(): void {
    for (const watch of this.#watches) watch.fail(expired('The resourceVersion for the provided watch is too old.'));
  }

  /** Leaves every connection half open: it stays, and nothing comes over it any more. New connections are served. */
  freeze(): void {
    for (const socket of this.#sockets) this.#frozen.add(socket);
    for (const watch of this.#watches) watch.freeze();
    this.#watches.clear();
  }

  /** Shows another certificate from now on, also to those that are connected. */
  renewCertificate(tls: TlsOptions): void {
    if (this.#server instanceof TlsServer) this.#server.setSecureContext(tls);
    this.reset();
  }

  /** Keeps back the events of a resource until they are released. */
  hold(plural: string): void {
    this.#held.add(plural);
    for (const watch of this.#watches) if (watch.resource.plural === plural) watch.held = true;
  }

  release(plural: string): void {
    this.#held.delete(plural);
    for (const watch of this.#watches) if (watch.resource.plural === plural) watch.release();
  }

  /** Refuses connections and resets those that there are. */
  async shut(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.reset();
    await closed;
  }

  /** Listens again, at the same address. */
  async reopen(): Promise<void> {
    this.#server.listen(this.#port, this.#host);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    if (this.#server.listening) await this.shut();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { pathname: path, searchParams: query } = new URL(request.url ?? '/', this.url);
      const { method = 'GET', headers } = request;
      const seen = { method, path, query, headers };
      this.requests.push(seen);
      const body = await readBody(request);
      if (this.#frozen.has(request.socket)) return;
      this.#refuse(seen, response);
      await this.#answer(seen, body, response);
    } catch (error) {
      const status = error instanceof StatusError ? error : new StatusError(500, 'InternalError', String(error));
      if (response.headersSent) response.destroy();
      else send(response, status.code, statusOf(status));
    }
  }

  #refuse(seen: SeenRequest, response: ServerResponse): void {
    const found = this.#refusals.find(({ refusal: { of = () => true } }) => of(seen));
    if (found) {
      found.left -= 1;
      this.#refusals = this.#refusals.filter(({ left }) => left > 0);
      const { code, reason = 'InternalError', retryAfter } = found.refusal;
      if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
      throw new StatusError(code, reason, 'refused on demand');
    }
    if (this.token !== undefined && seen.headers.authorization !== `Bearer ${this.token}`)
      throw new StatusError(401, 'Unauthorized', 'Unauthorized');
  }

  async #answer(seen: SeenRequest, body: string, response: ServerResponse): Promise<void> {
    const { method, path, query, headers } = seen;
    const document = method === 'GET' && discoveryDocument(path);
    if (document) return send(response, 200, document);
    const target = parsePath(path);
    if (!target) throw new StatusError(404, 'NotFound', 'the server could not find the requested resource');
    const { resource, namespace, name } = target;
    const key = namespace === undefined ? (name ?? '') : `${namespace}/${name}`;
    if (method === 'GET' && query.get('watch')?.match(/^(1|true)$/)) return this.#watch(target, query, response);
    if (method === 'GET' && name === undefined) return this.#list(target, query, response);
    if (method === 'GET') {
      const object = this.storage.get(resource, key);
      if (!object) throw notFound(resourceName(resource), name ?? '');
      return send(response, 200, object);
    }
    if (method === 'POST' && name === undefined)
      return send(response, 201, this.storage.create(resource, inNamespace(target, JSON.parse(body))));
    if (method === 'PUT')
      return send(response, 200, this.storage.update(resource, key, inNamespace(target, JSON.parse(body))));
    if (method === 'PATCH') {
      const current = this.storage.get(resource, key);
      if (!current) throw notFound(resourceName(resource), name ?? '');
      const patched = applyPatch(headers['content-type'] ?? '', current, JSON.parse(body)) as ApiObject;
      return send(response, 200, this.storage.update(resource, key, patched));
    }
    if (method === 'DELETE' && name !== undefined) {
      const { preconditions } = body ? JSON.parse(body) : { preconditions: undefined };
      const { uid } = this.storage.delete(resource, key, preconditions).metadata;
      return send(response, 200, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { name, uid },
      });
    }
    if (method === 'DELETE') {
      const items = this.storage.snapshot(resource).filter(selectorOf(target, query));
      for (const object of items) this.storage.delete(resource, keyOf(object));
      return send(response, 200, this.#listOf(resource, this.storage.version, items));
    }
    throw new StatusError(405, 'MethodNotAllowed', `the server does not allow ${method} here`);
  }

  async #list(target: Target, query: URLSearchParams, response: ServerResponse): Promise<void> {
    if (this.listDelay > 0) await new Promise<void>((resolve) => this.#clock.after(this.listDelay, resolve));
    const { resource } = target;
    const asked = Number(query.get('resourceVersion') ?? 0);
    if (asked > this.storage.version)
      throw new StatusError(504, 'Timeout', `Too large resource version: ${asked}, current: ${this.storage.version}`, {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      });
    const token = query.get('continue');
    const { version, after } = token ? parseContinue(token) : { version: this.storage.version, after: '' };
    const limit = Number(query.get('limit') ?? 0) || Number.POSITIVE_INFINITY;
    const rest = snapshotForList(this.storage, resource, version)
      .filter(selectorOf(target, query))
      .filter((object) => keyOf(object) > after);
    const items = rest.slice(0, limit);
    const last = items.at(-1);
    const more = last && rest.length > items.length;
    send(response, 200, {
      ...this.#listOf(resource, version, items),
      metadata: {
        resourceVersion: String(version),
        ...(more && { continue: formatContinue(version, keyOf(last)) }),
        // Unknown to the real server as well when it has to filter.
        ...(more &&
          !query.get('labelSelector') &&
          !query.get('fieldSelector') && { remainingItemCount: rest.length - limit }),
      },
    });
  }

  #listOf(resource: Resource, version: number, objects: ApiObject[]): object {
    const items = objects.map(({ apiVersion, kind, ...item }) => item); // as the real one, which leaves them out
    return {
      kind: `${resource.kind}List`,
      apiVersion: apiVersionOf(resource),
      metadata: { resourceVersion: String(version) },
      items,
    };
  }

  #watch(target: Target, query: URLSearchParams, response: ServerResponse): void {
    const { resource } = target;
    const asked = Number(query.get('resourceVersion') ?? 0);
    const initial = query.get('sendInitialEvents') === 'true';
    const request = {
      resource,
      selects: selectorOf(target, query),
      from: initial || asked === 0 ? undefined : Math.max(1, asked - this.replay),
      bookmarks: query.get('allowWatchBookmarks') === 'true',
      markInitial: initial,
      timeoutSeconds: Number(query.get('timeoutSeconds') ?? 0) || 1800,
    };
    const watch = new WatchStream(request, response, this.storage, this.#clock);
    watch.held = this.#held.has(resource.plural);
    try {
      watch.start();
    } catch (error) {
      if (!(error instanceof StatusError) || this.expiredWatch === 'status') throw error;
      response.writeHead(200, { 'content-type': 'application/json' });
      watch.fail(error);
      return;
    }
    this.#watches.add(watch);
    response.once('close', () => this.#watches.delete(watch));
  }
}

function resourceOf(plural: string): Resource {
  const resource = resources.find((each) => each.plural === plural);
  if (!resource) throw new Error(`There are no ${plural} here.`);
  return resource;
}

function parsePath(path: string): Target | undefined {
  for (const resource of resources) {
    const prefix = `${resource.group ? '/apis' : '/api'}/${apiVersionOf(resource)}`;
    if (!path.startsWith(`${prefix}/`)) continue;
    const parts = path
      .slice(prefix.length + 1)
      .split('/')
      .map(decodeURIComponent);
    const namespace = resource.namespaced && parts[0] === 'namespaces' ? parts.splice(0, 2)[1] : undefined;
    const [plural, name, ...more] = parts;
    if (plural === resource.plural && more.length === 0) return { resource, namespace, name };
  }
  return undefined;
}

function selectorOf({ namespace, name }: Target, query: URLSearchParams): Selector {
  const labels = labelSelector(query.get('labelSelector') ?? '');
  const fields = fieldSelector(query.get('fieldSelector') ?? '');
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name) &&
    labels(object) &&
    fields(object);
}

function inNamespace({ resource, namespace, name }: Target, object: ApiObject): ApiObject {
  const { metadata } = object;
  if ((metadata.namespace ?? namespace) !== namespace || (name !== undefined && metadata.name !== name))
    throw new StatusError(400, 'BadRequest', 'the name or namespace of the object does not match that of the request');
  if (!metadata.name && !metadata.generateName)
    throw new StatusError(422, 'Invalid', `${resource.kind} is invalid: metadata.name: Required value`);
  return namespace === undefined ? object : { ...object, metadata: { ...metadata, namespace } };
}

function snapshotForList(storage: Storage, resource: Resource, version: number): ApiObject[] {
  try {
    return storage.snapshot(resource, version);
  } catch {
    throw expired('The provided continue parameter is too old to display a consistent list result.');
  }
}

function formatContinue(version: number, after: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', version, after })).toString('base64url');
}

function parseContinue(token: string): { version: number; after: string } {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    throw new StatusError(400, 'BadRequest', 'continue key is not valid');
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
