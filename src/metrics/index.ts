/**
 * Metrics of IPVS for Prometheus: those of node_exporter by its own names, and what it lacks.
 *
 * @module ipvs/metrics
 */
export { collectMetrics, type MetricRegistry, type MetricsOptions } from './collect-metrics.ts';
