import { setTimeout as delay } from 'node:timers/promises';
import type { IpvsClient } from '../ipvs/client/ipvs-client.ts';
import type { DestinationSpec } from '../ipvs/model/destination.ts';
import { Condition } from './condition.ts';
import { type Member, syncMembers } from './members.ts';
import { type PoolEvent, type PoolOptions, type PoolSettings, poolSettings } from './options.ts';
import { type Probe, ProbeError, toProbeError } from './probe.ts';
import { timeLimit } from './time-limit.ts';

/** A server of a pool as it stands. */
export interface PoolMember {
  /** The server, as it was given. */
  readonly destination: DestinationSpec;
  /** Whether it is up: after `rise` successes in a row, until `fall` failures in a row. */
  readonly up: boolean;
  /** Why its last trial failed; undefined when it did not. */
  readonly error: unknown;
}

interface Server {
  readonly destination: DestinationSpec;
  readonly probes: readonly Probe[];
  readonly condition: Condition;
  /** The trial under way. */
  trial: Promise<unknown> | undefined;
  error: unknown;
}

/**
 * Servers of a service that are tried again and again, and used only while they are well.
 *
 * What the table says of them is looked at with every interval and made so again; what others add to the service is left
 * alone. Each server is tried by itself and never twice at once, spread over the interval.
 */
export class Pool {
  readonly #ipvs: IpvsClient;
  readonly #settings: PoolSettings;
  readonly #servers: readonly Server[];
  readonly #stop = new AbortController();
  #quorum = true;
  #syncing: Promise<void> | undefined;
  #syncAgain = false;
  #loops: Promise<unknown> = Promise.resolve();

  private constructor(ipvs: IpvsClient, settings: PoolSettings) {
    this.#ipvs = ipvs;
    this.#settings = settings;
    this.#servers = settings.destinations.map(({ probes = settings.probes, ...destination }) => ({
      destination,
      probes,
      condition: new Condition(probes.length === 0 || settings.initially === 'up', settings),
      trial: undefined,
      error: undefined,
    }));
    this.#quorum = this.#weightUp() >= settings.quorum;
  }

  /**
   * Puts the servers into the table as they are thought to be at first, and begins to try them.
   * @throws InputError for an invalid option; IpvsError and TransportError where the table cannot be changed
   * @example
   * ```ts
   * const pool = await Pool.start(ipvs, {
   *   service: web,
   *   destinations: [{ address: '10.0.0.5', port: 8080 }, { address: '10.0.0.6', port: 8080 }],
   *   probes: [httpProbe({ path: '/health' })],
   *   interval: 5,
   * });
   * console.log(pool.members.map(({ up }) => up)); // [ true, true ]
   * await pool.stop();
   * ```
   */
  static async start(ipvs: IpvsClient, options: PoolOptions): Promise<Pool> {
    const pool = new Pool(ipvs, poolSettings(options));
    await syncMembers(ipvs, pool.#settings.service, pool.#wanted());
    pool.#loops = Promise.all([
      ...pool.#servers.filter(({ probes }) => probes.length > 0).map((server) => pool.#watch(server)),
      pool.#keep(),
    ]);
    return pool;
  }

  /**
   * Stops trying the servers and waits for what is under way. The table stays as it is.
   * @example
   * ```ts
   * const pool = await Pool.start(ipvs, { service: web, destinations: [{ address: '10.0.0.5', port: 8080 }] });
   * await pool.stop();
   * console.log((await ipvs.destinations(web)).length); // 2
   * ```
   */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loops;
    await this.#syncing;
  }

  /**
   * The same as {@link stop}, for `await using`.
   * @example
   * ```ts
   * await using pool = await Pool.start(ipvs, { service: web, destinations: [{ address: '10.0.0.5', port: 8080 }] });
   * console.log(pool.hasQuorum); // true
   * ```
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The servers as they stand. */
  get members(): PoolMember[] {
    return this.#servers.map(({ destination, condition, error }) => ({ destination, up: condition.up, error }));
  }

  /** Whether the servers that are up have the weight that they need. */
  get hasQuorum(): boolean {
    return this.#quorum;
  }

  async #watch(server: Server): Promise<void> {
    const { interval, jitter } = this.#settings;
    await this.#pause(Math.random() * interval * jitter);
    while (!this.#stop.signal.aborted) {
      const started = performance.now();
      const error = await this.#try(server);
      if (this.#stop.signal.aborted) return;
      this.#note(server, error);
      await this.#pause(interval * (1 + jitter * (2 * Math.random() - 1)) - (performance.now() - started));
    }
  }

  /** Looks at the table with every interval, and ten times in a slow start. */
  async #keep(): Promise<void> {
    const { interval, slowStart } = this.#settings;
    for (;;) {
      await this.#pause(slowStart > 0 ? Math.min(interval, slowStart / 10) : interval);
      if (this.#stop.signal.aborted) return;
      await this.#sync();
    }
  }

  /** Waits until the time is over or the pool stops. */
  #pause(milliseconds: number): Promise<unknown> {
    return delay(Math.max(0, milliseconds), undefined, { signal: this.#stop.signal }).catch(() => {});
  }

  /** Why a server is not well; undefined when it is. One that is still being tried when its time is up is not. */
  async #try(server: Server): Promise<unknown> {
    const { timeout } = this.#settings;
    const abort = new AbortController();
    const ended = new Promise<unknown>((resolve) =>
      abort.signal.addEventListener('abort', () => resolve(abort.signal.reason), { once: true }),
    );
    const stop = () => abort.abort();
    const forget = timeLimit(timeout, () => abort.abort(new ProbeError(`No answer in ${timeout / 1000} seconds`)));
    this.#stop.signal.addEventListener('abort', stop, { once: true });
    // One that did not end when it was aborted is waited for, rather than to try the server twice at once.
    server.trial ??= tryAll(server, abort.signal).finally(() => {
      server.trial = undefined;
    });
    try {
      return await Promise.race([server.trial, ended]);
    } finally {
      forget();
      this.#stop.signal.removeEventListener('abort', stop);
    }
  }

  #note(server: Server, error: unknown): void {
    const { destination, condition } = server;
    server.error = error;
    if (!condition.note(error === undefined, performance.now())) return;
    this.#tell(condition.up ? { type: 'up', destination } : { type: 'down', destination, error: toProbeError(error) });
    const { quorum, hysteresis } = this.#settings;
    const reached = this.#weightUp() >= (this.#quorum ? quorum - hysteresis : quorum + hysteresis);
    if (reached !== this.#quorum) {
      this.#quorum = reached;
      this.#tell({ type: 'quorum', reached });
    }
    this.#sync();
  }

  #weightUp(): number {
    const up = this.#servers.filter(({ condition }) => condition.up);
    return up.reduce((sum, { destination }) => sum + (destination.weight ?? 1), 0);
  }

  /** Makes the table as wanted; once more when something has changed meanwhile. Never rejects. */
  #sync(): Promise<void> {
    this.#syncAgain = true;
    this.#syncing ??= this.#syncAll().finally(() => {
      this.#syncing = undefined;
    });
    return this.#syncing;
  }

  async #syncAll(): Promise<void> {
    while (this.#syncAgain) {
      this.#syncAgain = false;
      try {
        await syncMembers(this.#ipvs, this.#settings.service, this.#wanted());
      } catch (error) {
        this.#tell({ type: 'error', error });
      }
    }
  }

  #wanted(): Member[] {
    const { fallback, inhibit } = this.#settings;
    const out = inhibit ? 0 : undefined;
    const serving = this.#quorum || !fallback;
    const members: Member[] = this.#servers.map(({ destination, condition }) => ({
      destination,
      weight: serving && condition.up ? this.#weightNow(destination, condition) : out,
    }));
    if (fallback) members.push({ destination: fallback, weight: this.#quorum ? undefined : (fallback.weight ?? 1) });
    return members;
  }

  #weightNow({ weight = 1 }: DestinationSpec, { since }: Condition): number {
    const part = (performance.now() - since) / this.#settings.slowStart;
    // Without a slow start the part is infinite.
    return part < 1 ? Math.min(weight, Math.max(1, Math.floor(weight * part))) : weight;
  }

  #tell(event: PoolEvent): void {
    // What the callback throws is not the pool's, whose work goes on.
    queueMicrotask(() => this.#settings.onEvent(event));
  }
}

/** Why a server is not well; undefined when it is. */
async function tryAll({ destination, probes }: Server, signal: AbortSignal): Promise<unknown> {
  const { address, port } = destination;
  try {
    for (const probe of probes) {
      if (signal.aborted) return toProbeError(signal.reason);
      await probe({ address, port }, { signal });
    }
    return undefined;
  } catch (error) {
    return toProbeError(error);
  }
}
