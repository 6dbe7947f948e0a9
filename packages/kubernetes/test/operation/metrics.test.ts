import { Ipvs, type IpvsError } from 'ipvs';
import { FakeKernel } from 'ipvs/testing';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { PassReport } from '../../src/agent/agent.ts';
import { DesiredState } from '../../src/desired/index.ts';
import { observeAgent } from '../../src/operation/metrics.ts';
import { n1 } from '../support/desired.ts';
import { endpoints, port, service, slice } from '../support/objects.ts';

const start = Date.UTC(2026, 0, 31, 12);

function setUp() {
  const registry = new Registry();
  let time = start;
  const asked = { pending: { services: 3, endpoints: 4 }, draining: 5, foreign: 6 };
  const metrics = observeAgent({
    registry,
    pending: () => asked.pending,
    draining: () => asked.draining,
    foreign: () => asked.foreign,
    now: () => time,
  });
  const sample = async (name: string, labels = '') => {
    const line = (await registry.metrics()).split('\n').find((each) => each.startsWith(`${name}${labels} `));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };
  return { registry, metrics, asked, sample, pass: (seconds: number) => (time += seconds * 1000) };
}

const done: PassReport = {
  changes: 0,
  addresses: 0,
  elements: 0,
  flows: 0,
  failures: [],
  isComplete: true,
  full: false,
  duration: 3,
  taken: { objects: 0, kinds: { Service: 0, EndpointSlice: 0, Node: 0 }, since: undefined, triggeredAt: [] },
};

it("has kube-proxy's names, and its buckets", async () => {
  const { registry, metrics } = setUp();
  metrics.passed?.(done);
  const text = await registry.metrics();
  const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`).sort();
  expect(names).toEqual([
    'ipvs_kubernetes_changes_total counter',
    'ipvs_kubernetes_draining_destinations gauge',
    'ipvs_kubernetes_failures_total counter',
    'ipvs_kubernetes_foreign_services gauge',
    'ipvs_kubernetes_problems gauge',
    'ipvs_kubernetes_virtual_services gauge',
    'kubeproxy_conntrack_reconciler_deleted_entries_total counter',
    'kubeproxy_network_programming_duration_seconds histogram',
    'kubeproxy_proxy_healthz_total counter',
    'kubeproxy_proxy_livez_total counter',
    'kubeproxy_sync_proxy_rules_duration_seconds histogram',
    'kubeproxy_sync_proxy_rules_endpoint_changes_pending gauge',
    'kubeproxy_sync_proxy_rules_endpoint_changes_total counter',
    'kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds gauge',
    'kubeproxy_sync_proxy_rules_last_timestamp_seconds gauge',
    'kubeproxy_sync_proxy_rules_no_local_endpoints_total gauge',
    'kubeproxy_sync_proxy_rules_service_changes_pending gauge',
    'kubeproxy_sync_proxy_rules_service_changes_total counter',
  ]);
  const bounds = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}_bucket{le="(.*?)"}`, 'gm'))].map(([, bound]) => Number(bound));
  expect(bounds('kubeproxy_sync_proxy_rules_duration_seconds').slice(0, 3)).toEqual([0.001, 0.002, 0.004]);
  expect(bounds('kubeproxy_sync_proxy_rules_duration_seconds')).toHaveLength(15 + 1);
  const latency = bounds('kubeproxy_network_programming_duration_seconds');
  expect(latency.slice(0, 4)).toEqual([0.25, 0.5, 1, 2]);
  expect(latency.slice(-9, -1)).toEqual([115, 120, 150, 180, 210, 240, 270, 300]);
});

it('measures from the change in the cluster until a pass has programmed it', async () => {
  const { metrics, sample, pass } = setUp();
  const name = 'kubeproxy_network_programming_duration_seconds';
  pass(10);
  const taken = {
    objects: 2,
    kinds: { Service: 0, EndpointSlice: 2, Node: 0 },
    since: start + 9000,
    triggeredAt: [start - 1, start + 8000],
  };
  const failures = [{ subject: 'packet filter', error: new Error('no nft') }];
  metrics.passed?.({ ...done, taken, failures, isComplete: false });
  expect(await sample(`${name}_count`)).toBe(0);
  expect(await sample('kubeproxy_sync_proxy_rules_last_timestamp_seconds')).toBe(0);
  expect(await sample('kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds')).toBe(start / 1000 + 9);
  pass(1);
  // What the kernel refuses by itself keeps nothing else from being programmed.
  metrics.passed?.({ ...done, failures });
  // 3 seconds after the change; the one from before the start does not count.
  expect(await sample(`${name}_count`)).toBe(1);
  expect(await sample(`${name}_sum`)).toBe(3);
  expect(await sample('kubeproxy_sync_proxy_rules_last_timestamp_seconds')).toBe(start / 1000 + 11);
  metrics.passed?.(done);
  expect(await sample(`${name}_count`)).toBe(1);
  expect(await sample('kubeproxy_sync_proxy_rules_duration_seconds_sum')).toBeCloseTo(0.009);
});

it('counts what was done, and what failed by the reason that the kernel gives', async () => {
  const { metrics, sample } = setUp();
  await using ipvs = await Ipvs.open({ kernel: new FakeKernel() });
  const error: IpvsError = await ipvs.removeService({ protocol: 'tcp', address: '192.0.2.1', port: 80 }).then(
    () => expect.unreachable(),
    (reason) => reason,
  );
  metrics.passed?.({ ...done, changes: 7, addresses: 2, elements: 9, flows: 4, failures: [{ subject: 'tcp', error }] });
  metrics.failed?.(error);
  metrics.failed?.(new Error('other'));
  expect(await sample('ipvs_kubernetes_changes_total', '{of="ipvs"}')).toBe(7);
  expect(await sample('ipvs_kubernetes_changes_total', '{of="addresses"}')).toBe(2);
  expect(await sample('ipvs_kubernetes_changes_total', '{of="elements"}')).toBe(9);
  expect(await sample('kubeproxy_conntrack_reconciler_deleted_entries_total')).toBe(4);
  expect(await sample('ipvs_kubernetes_failures_total', '{reason="no-such-service"}')).toBe(2);
  expect(await sample('ipvs_kubernetes_failures_total', '{reason="other"}')).toBe(1);
});

it('asks at each scrape what waits, drains and is of others', async () => {
  const { asked, sample } = setUp();
  expect(await sample('kubeproxy_sync_proxy_rules_service_changes_pending')).toBe(3);
  expect(await sample('kubeproxy_sync_proxy_rules_endpoint_changes_pending')).toBe(4);
  expect(await sample('ipvs_kubernetes_draining_destinations')).toBe(5);
  expect(await sample('ipvs_kubernetes_foreign_services')).toBe(6);
  asked.draining = 0;
  expect(await sample('ipvs_kubernetes_draining_destinations')).toBe(0);
});

it('counts objects and answers', async () => {
  const { metrics, sample } = setUp();
  const taken = { ...done.taken, objects: 6, kinds: { Service: 2, EndpointSlice: 3, Node: 1 } };
  metrics.taken?.(taken);
  metrics.passed?.({ ...done, taken }); // which does not count them again
  metrics.healthAnswered('/healthz', 200);
  metrics.healthAnswered('/healthz', 503);
  metrics.healthAnswered('/livez', 200);
  expect(await sample('kubeproxy_sync_proxy_rules_service_changes_total')).toBe(2);
  expect(await sample('kubeproxy_sync_proxy_rules_endpoint_changes_total')).toBe(3);
  expect(await sample('kubeproxy_proxy_healthz_total', '{code="200"}')).toBe(1);
  expect(await sample('kubeproxy_proxy_healthz_total', '{code="503"}')).toBe(1);
  expect(await sample('kubeproxy_proxy_livez_total', '{code="200"}')).toBe(1);
});

describe('what is wanted', () => {
  it('is told as it changes', async () => {
    const { metrics, sample } = setUp();
    const state = new DesiredState(n1, { services: 'all', schedulers: ['rr'] });
    const web = { clusterIP: '10.96.0.1', ports: [port(80)], internalTrafficPolicy: 'Local' };
    const annotations = { 'ipvs.kubernetes/scheduler': 'lc' };
    state.upsert(service('web', web, { metadata: { annotations } }));
    state.upsert(slice('a', 'web', [port(80)], endpoints('10.244.2.3@n2')));
    metrics.changed?.(state.takeChanges(), state);
    expect(await sample('ipvs_kubernetes_virtual_services')).toBe(1);
    expect(await sample('ipvs_kubernetes_problems', '{reason="UnknownScheduler"}')).toBe(1);
    const withoutLocal = 'kubeproxy_sync_proxy_rules_no_local_endpoints_total';
    expect(await sample(withoutLocal, '{traffic_policy="internal"}')).toBe(1);
    expect(await sample(withoutLocal, '{traffic_policy="external"}')).toBe(0);
    state.upsert(service('web', web));
    state.upsert(slice('a', 'web', [port(80)], endpoints('10.244.1.3@n1')));
    metrics.changed?.(state.takeChanges(), state);
    expect(await sample('ipvs_kubernetes_problems', '{reason="UnknownScheduler"}')).toBe(0);
    expect(await sample(withoutLocal, '{traffic_policy="internal"}')).toBe(0);
  });
});
