import { InputError } from '../errors/input-error.ts';
import { assertKnownProperties } from '../errors/known-properties.ts';
import type { IpvsClient } from '../ipvs/client/ipvs-client.ts';
import type { Service } from '../ipvs/model/service.ts';
import { type Sample, type Samples, scrape } from './scrape.ts';
import { backendRows, daemonRows, destinationRows, infoRows, serviceRows, statusRows, totalRows } from './series.ts';

/** The part of prom-client's `Registry` that is used, so that these declarations do not need its own. */
export interface MetricRegistry {
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

interface Description {
  readonly name: string;
  readonly help: string;
  readonly type: string;
}

/** What did not come out of the table. */
const ownRows: readonly Description[] = [
  { name: 'ipvs_up', help: 'Whether IPVS could be read.', type: 'gauge' },
  { name: 'ipvs_scrape_duration_seconds', help: 'The time that reading took.', type: 'gauge' },
  { name: 'ipvs_scrape_errors_total', help: 'The readings that failed, by the code of the error.', type: 'counter' },
];

/**
 * Registers the metrics of IPVS: those of node_exporter's collector by its names and labels (collector/ipvs_linux.go), so
 * that dashboards and alerts work unchanged, and others that begin with `ipvs_`.
 *
 * Each scrape reads the table once; nothing of it is kept afterwards. When it cannot be read, `ipvs_up` is 0 and
 * `ipvs_scrape_errors_total` counts it, and the other metrics have no values.
 * @throws InputError for an invalid option
 */
export function collectMetrics(ipvs: IpvsClient, options: MetricsOptions): void {
  assertKnownProperties('', options, ['registry', 'service', 'destinations']);
  const { registry, service = () => true, destinations = true } = options;
  if (typeof registry?.registerMetric !== 'function')
    throw new InputError('must be a registry of prom-client', registry, 'registry');
  if (typeof service !== 'function') throw new InputError('must be a function', service, 'service');
  const errors = new Map<string, number>();

  async function read(): Promise<Samples> {
    const start = performance.now();
    const samples = new Map(await scrape(ipvs, { service, destinations }).catch(failed));
    samples.set('ipvs_up', [plain(samples.size > 0 ? 1 : 0)]);
    samples.set('ipvs_scrape_duration_seconds', [plain((performance.now() - start) / 1000)]);
    samples.set(
      'ipvs_scrape_errors_total',
      Array.from(errors, ([code, value]) => ({ labels: { code }, value })),
    );
    return samples;
  }

  function failed(error: { code?: unknown }): Samples {
    const code = String(error.code);
    errors.set(code, (errors.get(code) ?? 0) + 1);
    return new Map();
  }

  // A registry asks all its metrics in the same tick: they share a reading, which is then forgotten.
  let reading: Promise<Samples> | undefined;
  function share(): Promise<Samples> {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  const rows = [...totalRows, ...infoRows, ...statusRows, ...daemonRows, ...serviceRows, ...ownRows];
  for (const { name, help, type } of destinations ? [...rows, ...backendRows, ...destinationRows] : rows) {
    const metric = {
      name,
      help,
      type,
      aggregator: 'sum',
      get: async () => ({ name, help, type, aggregator: 'sum', values: (await share()).get(name) ?? [] }),
      reset() {},
    };
    // A registry calls nothing else of a metric, and its own type would make prom-client a dependency of ours.
    registry.registerMetric(metric as never);
  }
}

function plain(value: number): Sample {
  return { labels: {}, value };
}
