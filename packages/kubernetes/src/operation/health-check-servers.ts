import type { HealthCheck, Replacement } from '../desired/index.ts';
import { json } from './health.ts';
import { type Answer, HttpServer } from './http-server.ts';

/** Options of {@link HealthCheckServers}. */
export interface HealthCheckOptions {
  /** Whether the agent programs changes in time; without that, no node is good for traffic. */
  readonly isHealthy: () => boolean;
  /** Told when a port cannot be listened on. It is tried again by {@link HealthCheckServers.retry}. */
  readonly onFailure?: ((check: HealthCheck, error: unknown) => void) | undefined;
  /** Address to listen on. Default: all, of both families. */
  readonly host?: string | undefined;
}

interface Listener {
  check: HealthCheck;
  /** Undefined while it begins to listen, and after that failed. */
  server?: HttpServer | undefined;
  failed: boolean;
}

/**
 * The servers on `healthCheckNodePort` of Services, by which load balancers learn which nodes have endpoints. As kube-proxy's
 * (service_health.go): any path, 200 with local endpoints that are ready and 503 without.
 */
export class HealthCheckServers implements AsyncDisposable {
  readonly #options: HealthCheckOptions;
  readonly #listeners = new Map<number, Listener>();
  /** Opening and closing, one after the other: a port may be given up by one Service and taken by another at once. */
  #queue: Promise<void> = Promise.resolve();

  constructor(options: HealthCheckOptions) {
    this.#options = options;
  }

  /** Ports that are listened on. */
  get ports(): readonly number[] {
    return [...this.#listeners].flatMap(([port, { server }]) => (server ? [port] : []));
  }

  /** Opens, updates and closes servers. Resolves when that is done; a port that cannot be had is told of, and no failure. */
  apply({ changed, removed }: Replacement<HealthCheck>): Promise<void> {
    for (const { port } of removed) this.#close(port);
    for (const check of changed) {
      const listener = this.#listeners.get(check.port);
      if (listener) listener.check = check;
      else this.#open({ check, failed: false });
    }
    return this.#queue;
  }

  /** Tries ports again that could not be listened on. */
  retry(): Promise<void> {
    for (const listener of this.#listeners.values()) if (listener.failed) this.#open(listener);
    return this.#queue;
  }

  /** Closes all. */
  [Symbol.asyncDispose](): Promise<void> {
    for (const port of this.#listeners.keys()) this.#close(port);
    return this.#queue;
  }

  #open(listener: Listener): void {
    const { port } = listener.check;
    listener.failed = false;
    this.#listeners.set(port, listener);
    this.#enqueue(async () => {
      if (this.#listeners.get(port) !== listener) return; // closed again meanwhile
      try {
        listener.server = await HttpServer.listen({ host: this.#options.host, port }, () =>
          this.#answer(listener.check),
        );
      } catch (error) {
        listener.failed = true;
        this.#options.onFailure?.(listener.check, error);
      }
    });
  }

  #close(port: number): void {
    const listener = this.#listeners.get(port);
    this.#listeners.delete(port);
    this.#enqueue(async () => listener?.server?.[Symbol.asyncDispose]());
  }

  #enqueue(act: () => Promise<void>): void {
    this.#queue = this.#queue.then(act);
  }

  #answer({ owner, localEndpoints }: HealthCheck): Answer {
    const isHealthy = this.#options.isHealthy();
    const value = {
      service: { namespace: owner.namespace, name: owner.name },
      localEndpoints,
      serviceProxyHealthy: isHealthy,
    };
    return json(isHealthy && localEndpoints > 0 ? 200 : 503, value, {
      'x-load-balancing-endpoint-weight': `${localEndpoints}`,
    });
  }
}
