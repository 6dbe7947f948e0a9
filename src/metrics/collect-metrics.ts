import { InputError } from '../errors/input-error.ts';
import { assertKnownProperties } from '../errors/known-properties.ts';
import type { IpvsClient } from '../ipvs/client/ipvs-client.ts';
import type { Service } from '../ipvs/model/service.ts';
import { joined, type Labels } from './labels.ts';
import { createReader, readRows } from './reader.ts';
import type { Group } from './scrape.ts';
import type { Row } from './series.ts';

/** The part of prom-client's `Registry` that is used, so that these declarations do not need its own. */
export interface MetricRegistry {
  /** Takes a metric in, as prom-client's `Registry` does. */
  registerMetric(metric: never): void;
}

/** Options of {@link collectMetrics}. */
export interface MetricsOptions {
  /** Where the metrics go: a registry of prom-client. */
  readonly registry: MetricRegistry;
  /** The services to tell of, for those who have too many; the totals are of all. Default: every one. */
  readonly service?: ((service: Service) => boolean) | undefined;
  /** Whether to tell of each destination, which has a dozen series. Default true. */
  readonly destinations?: boolean | undefined;
}

/**
 * Registers the metrics of IPVS: those of node_exporter's collector by its names and labels (collector/ipvs_linux.go), so
 * that dashboards and alerts work unchanged, and others that begin with `ipvs_`.
 *
 * Each scrape reads the table once; nothing of it is kept afterwards. When it cannot be read, `ipvs_up` is 0 and
 * `ipvs_scrape_errors_total` counts it, and the other metrics have no values.
 * @throws InputError for an invalid option
 * @example
 * ```ts
 * import { Registry } from 'prom-client';
 *
 * const registry = new Registry();
 * collectMetrics(ipvs, { registry });
 * const text = await registry.metrics();
 * console.log(text.includes('ipvs_up 1')); // true
 * ```
 */
export function collectMetrics(ipvs: IpvsClient, options: MetricsOptions): void {
  assertKnownProperties('', options, ['registry', 'service', 'destinations']);
  const { registry, service = () => true, destinations = true } = options;
  if (typeof registry?.registerMetric !== 'function')
    throw new InputError('must be a registry of prom-client', registry, 'registry');
  if (typeof service !== 'function') throw new InputError('must be a function', service, 'service');
  const read = createReader(ipvs, { service, destinations });

  // A registry asks all its metrics in the same tick: they share a reading, which is then forgotten.
  let reading: Promise<readonly Group[]> | undefined;
  function share(): Promise<readonly Group[]> {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  for (const row of readRows(destinations)) {
    const { name, help, type } = row;
    const metric = {
      name,
      help,
      type,
      aggregator: 'sum',
      get: async () => ({ name, help, type, aggregator: 'sum', values: samplesOf(row, await share()) }),
      reset() {},
    };
    // A registry calls nothing else of a metric, and its own type would make prom-client a dependency of ours.
    registry.registerMetric(metric as never);
  }
}

/** A value of a metric, as prom-client has it. */
interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

function samplesOf(row: Row<unknown>, groups: readonly Group[]): Sample[] {
  const { entries = [] } = groups.find(({ rows }) => rows.includes(row)) ?? {};
  return entries.flatMap(({ labels, of }) => {
    const value = row.value(of);
    return value === undefined
      ? []
      : [{ labels: row.labels ? joined(labels, row.labels(of)) : labels, value: Number(value) }];
  });
}
