import { IpvsError, IpvsLibraryError } from 'ipvs';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { AgentObserver, PassReport } from '../agent/agent.ts';
import type { Taken } from '../agent/cluster-source.ts';
import type { DesiredChanges, DesiredState } from '../desired/index.ts';

/** Options of {@link observeAgent}. */
export interface MetricsOptions {
  /** Where the metrics go. */
  readonly registry: Registry;
  /** Objects that wait to be looked at, asked at each scrape. */
  readonly pending: () => { readonly services: number; readonly endpoints: number };
  /** Destinations that are not wanted and still have connections, asked at each scrape. */
  readonly draining: () => number;
  /** Virtual services of others, asked at each scrape. */
  readonly foreign: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What tells the metrics of what happens. */
export interface AgentMetrics extends AgentObserver {
  /** A request for the agent's health, and the status of its answer. */
  readonly healthAnswered: (path: '/healthz' | '/livez', status: number) => void;
}

/**
 * Registers the metrics of the agent and tells them of what it does: by kube-proxy's names where they mean the same
 * (pkg/proxy/metrics), so that dashboards and alerts keep working, but without the label `ip_family`, since a pass is for both
 * families at once; and others that begin with `ipvs_kubernetes_`. Those of the IPVS table itself are in `ipvs/metrics`.
 */
export function observeAgent(options: MetricsOptions): AgentMetrics {
  const { registry, now } = options;
  const start = now();
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });

  const passes = new Histogram({
    name: 'kubeproxy_sync_proxy_rules_duration_seconds',
    help: 'The time that passes took, in which what is wanted is programmed.',
    buckets: passBuckets,
    registers,
  });
  const latency = new Histogram({
    name: 'kubeproxy_network_programming_duration_seconds',
    help: 'The time from a change of endpoints in the cluster until it was programmed here.',
    buckets: latencyBuckets,
    registers,
  });
  let lastPass = 0;
  let lastQueued = 0;
  let size = 0;
  let withoutLocal = { internal: 0, external: 0 };
  gauge('kubeproxy_sync_proxy_rules_last_timestamp_seconds', 'The last pass that tried all.', () => lastPass);
  gauge(
    'kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds',
    'The last change that was to be programmed.',
    () => lastQueued,
  );
  gauge(
    'kubeproxy_sync_proxy_rules_service_changes_pending',
    'Services that wait to be looked at.',
    () => options.pending().services,
  );
  gauge(
    'kubeproxy_sync_proxy_rules_endpoint_changes_pending',
    'EndpointSlices that wait to be looked at.',
    () => options.pending().endpoints,
  );
  gauge('ipvs_kubernetes_virtual_services', 'Virtual services that are wanted.', () => size);
  gauge('ipvs_kubernetes_draining_destinations', 'Destinations that end with their last connection.', options.draining);
  gauge('ipvs_kubernetes_foreign_services', 'Virtual services of others, which are left alone.', options.foreign);
  new Gauge({
    name: 'kubeproxy_sync_proxy_rules_no_local_endpoints_total',
    help: 'Ports of a policy Local that have endpoints, but none on this node.',
    labelNames: ['traffic_policy'],
    registers,
    collect() {
      this.set({ traffic_policy: 'internal' }, withoutLocal.internal);
      this.set({ traffic_policy: 'external' }, withoutLocal.external);
    },
  });
  const problems = new Gauge({
    name: 'ipvs_kubernetes_problems',
    help: 'Values of objects that were not taken as they stand, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const services = counter('kubeproxy_sync_proxy_rules_service_changes_total', 'Services that came, changed or went.');
  const endpoints = counter(
    'kubeproxy_sync_proxy_rules_endpoint_changes_total',
    'EndpointSlices that came, changed or went.',
  );
  const flows = counter('kubeproxy_conntrack_reconciler_deleted_entries_total', 'Stale flows removed from conntrack.');
  const healthz = counter('kubeproxy_proxy_healthz_total', 'Answers on /healthz, by status.', 'code');
  const livez = counter('kubeproxy_proxy_livez_total', 'Answers on /livez, by status.', 'code');
  const commands = counter('ipvs_kubernetes_changes_total', 'Changes of the node, by what was changed.', 'of');
  const failures = counter('ipvs_kubernetes_failures_total', 'Changes of the node that failed, by reason.', 'reason');

  /** Changes of endpoints that are not programmed yet. */
  let triggers: number[] = [];

  return {
    changed({ problems: { added, removed } }: DesiredChanges, state: DesiredState) {
      for (const { reason } of added) problems.inc({ reason });
      for (const { reason } of removed) problems.dec({ reason });
      size = state.size;
      withoutLocal = state.withoutLocalEndpoints;
    },
    taken({ kinds }: Taken) {
      services.inc(kinds.Service);
      endpoints.inc(kinds.EndpointSlice);
    },
    passed(report: PassReport) {
      passes.observe(report.duration / 1000);
      if (report.taken.since !== undefined) lastQueued = report.taken.since / 1000;
      commands.inc({ of: 'ipvs' }, report.changes);
      commands.inc({ of: 'addresses' }, report.addresses);
      commands.inc({ of: 'elements' }, report.elements);
      flows.inc(report.flows);
      for (const { error } of report.failures) failures.inc({ reason: reasonOf(error) });
      // Changes from before the start were programmed by another, or not in time for reasons that are not ours.
      const triggered = report.taken.triggeredAt.filter((time) => time >= start);
      triggers = [...triggers, ...triggered].slice(-MAX_TRIGGERS);
      if (!report.isComplete) return;
      lastPass = now() / 1000;
      for (const time of triggers) latency.observe(Math.max(0, now() - time) / 1000);
      triggers = [];
    },
    failed: (error: unknown) => failures.inc({ reason: reasonOf(error) }),
    healthAnswered: (path, status) => (path === '/healthz' ? healthz : livez).inc({ code: `${status}` }),
  };
}

/** Changes whose latency is kept in mind while they cannot be programmed. */
const MAX_TRIGGERS = 10_000;

/** The kernel's reason, or the stable code of the error. */
function reasonOf(error: unknown): string {
  if (error instanceof IpvsError) return error.reason;
  return error instanceof IpvsLibraryError ? error.code : 'other';
}

/** kube-proxy's: 1 ms, 2 ms, … 16.384 s. */
const passBuckets = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i);

/** kube-proxy's: by the second up to a minute, and then by 5 and 30 seconds up to five. */
const latencyBuckets = [0.25, 0.5, ...range(1, 59, 1), ...range(60, 115, 5), ...range(120, 300, 30)];

function range(first: number, last: number, step: number): number[] {
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step);
}
