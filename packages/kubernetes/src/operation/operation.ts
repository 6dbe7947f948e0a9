import type { IpvsClient } from 'ipvs';
import { collectMetrics } from 'ipvs/metrics';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import type { Agent, AgentObserver } from '../agent/agent.ts';
import type { ClusterSource } from '../agent/cluster-source.ts';
import type { Programmer } from '../agent/programmer.ts';
import type { Clock } from '../api/clock.ts';
import type { DesiredState } from '../desired/index.ts';
import { answerHealth, type HealthFacts, isHealthy } from './health.ts';
import { HealthCheckServers } from './health-check-servers.ts';
import { type Answer, HttpServer, type ListenOptions } from './http-server.ts';
import { type AgentMetrics, observeAgent } from './metrics.ts';

/** What an {@link Operation} shows. */
export interface OperationParts {
  readonly programmer: Programmer;
  readonly ipvs: IpvsClient;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Where an {@link Operation} listens. */
export interface OperationOptions {
  readonly health: ListenOptions;
  readonly metrics: ListenOptions;
}

/** How the agent does, for those who look after the cluster: health for kubelets and load balancers, and metrics. */
export class Operation implements AsyncDisposable {
  readonly #parts: OperationParts;
  readonly #registry = new Registry();
  readonly #metrics: AgentMetrics;
  readonly #checks: HealthCheckServers;
  readonly #servers: HttpServer[] = [];
  #agent: Agent | undefined;
  #source: ClusterSource | undefined;
  #state: DesiredState | undefined;

  constructor(parts: OperationParts) {
    this.#parts = parts;
    const { programmer, ipvs, clock, log } = parts;
    collectMetrics(ipvs, { registry: this.#registry, destinations: false });
    this.#metrics = observeAgent({
      registry: this.#registry,
      pending: () => ({
        services: this.#source?.pending.Service ?? 0,
        endpoints: this.#source?.pending.EndpointSlice ?? 0,
      }),
      draining: () => programmer.draining.length,
      foreign: () => programmer.foreign,
      now: () => clock.now(),
    });
    this.#checks = new HealthCheckServers({
      isHealthy: () => isHealthy(this.#facts),
      onFailure: ({ port, owner }, error) =>
        log.error(
          { err: error, port, service: `${owner.namespace}/${owner.name}` },
          'healthCheckNodePort is not served',
        ),
    });
  }

  /** Takes part in what the agent does. */
  get observer(): AgentObserver {
    return {
      changed: (changes, state) => {
        this.#state = state;
        this.#metrics.changed?.(changes, state);
        void this.#checks.apply(changes.healthChecks);
      },
      taken: (taken) => this.#metrics.taken?.(taken),
      passed: (report) => {
        this.#metrics.passed?.(report);
        if (report.full) void this.#checks.retry();
      },
      failed: (error) => this.#metrics.failed?.(error),
    };
  }

  /** Notes where the objects come from, for the metrics. */
  follow(source: ClusterSource): ClusterSource {
    this.#source = source;
    return source;
  }

  /** Listens. @throws Error, code `EADDRINUSE`, where another does already */
  async start(agent: Agent, { health, metrics }: OperationOptions): Promise<void> {
    this.#agent = agent;
    this.#servers.push(await HttpServer.listen(health, (path) => this.#answerHealth(path)));
    this.#servers.push(await HttpServer.listen(metrics, (path) => this.#answerMetrics(path)));
  }

  /** The ports of health and metrics. */
  get ports(): readonly number[] {
    return this.#servers.map(({ port }) => port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#checks, ...this.#servers].map((each) => each[Symbol.asyncDispose]()));
  }

  get #facts(): HealthFacts {
    return {
      now: this.#parts.clock.now(),
      pendingSince: this.#agent?.pendingSince,
      lastPass: this.#agent?.lastPass,
      leaving: this.#state?.node?.leaving ?? false,
    };
  }

  #answerHealth(path: string): Answer | undefined {
    const answer = answerHealth(path, this.#facts);
    if (answer) this.#metrics.healthAnswered(path as '/healthz' | '/livez', answer.status);
    return answer;
  }

  async #answerMetrics(path: string): Promise<Answer | undefined> {
    // The tools that ask kube-proxy for its mode find what they look for.
    if (path === '/proxyMode') return { status: 200, type: 'text/plain; charset=utf-8', body: 'ipvs' };
    if (path !== '/metrics') return undefined;
    try {
      return { status: 200, type: this.#registry.contentType, body: await this.#registry.metrics() };
    } catch (error) {
      this.#parts.log.error({ err: error }, 'the metrics could not be read');
      return { status: 503, type: 'text/plain; charset=utf-8', body: `${(error as Error).message}\n` };
    }
  }
}
