import type { IpvsClient } from '../ipvs/client/ipvs-client.ts';
import type { Service } from '../ipvs/model/service.ts';
import { type Labels, nodeServiceLabels, serviceLabels, withDestination } from './labels.ts';
import {
  backendRows,
  daemonRows,
  destinationRows,
  infoRows,
  type Row,
  serviceRows,
  statusRows,
  totalRows,
} from './series.ts';

/** A value of a metric. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** The values of each metric, by its name. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

/** What to leave out. */
export interface ScrapeOptions {
  readonly service: (service: Service) => boolean;
  readonly destinations: boolean;
}

/** Everything in one pass of the table. Rejects as the methods of {@link Ipvs} do. */
export async function scrape(
  ipvs: IpvsClient,
  { service: wanted, destinations: all }: ScrapeOptions,
): Promise<Samples> {
  const samples = new SampleMap();
  const [totals, daemons, info, status] = await Promise.all([
    ipvs.statistics(),
    ipvs.daemons(),
    ipvs.info(),
    ipvs.status().catch(withoutPrivilege),
  ]);
  samples.add(totalRows, totals, {});
  samples.add(infoRows, info, {});
  if (status) samples.add(statusRows, status, {});
  for (const daemon of daemons) samples.add(daemonRows, daemon, {});
  for await (const { service, destinations } of ipvs.table()) {
    if (!wanted(service)) continue;
    const [labels, nodeLabels] = [serviceLabels(service), nodeServiceLabels(service)];
    samples.add(serviceRows, service, labels);
    if (!all) continue;
    for (const destination of destinations) {
      samples.add(destinationRows, destination, withDestination(labels, destination));
      const backend = withDestination(nodeLabels, destination);
      // Services of both families may have the same mark, and the same server behind it: node_exporter adds them up.
      if (service.fwmark === undefined) samples.add(backendRows, destination, backend);
      else samples.addUp(backendRows, destination, backend);
    }
  }
  return samples.byName;
}

/** The file is root's alone, and what it tells can be done without. */
function withoutPrivilege(error: { code?: unknown }): undefined {
  if (error.code !== 'EACCES') throw error;
}

class SampleMap {
  readonly byName = new Map<string, Sample[]>();
  /** Samples that others may be added to, by name and labels. */
  readonly #sums = new Map<string, { value: number }>();

  add<Of>(rows: readonly Row<Of>[], of: Of, labels: Labels): void {
    for (const row of rows) {
      const value = row.value(of);
      if (value === undefined) continue;
      this.#push(row.name, { labels: row.labels ? { ...labels, ...row.labels(of) } : labels, value: Number(value) });
    }
  }

  /** The same, but that values with the same labels are one sample, their sum. */
  addUp<Of>(rows: readonly Row<Of>[], of: Of, labels: Labels): void {
    for (const { name, value } of rows) {
      const key = JSON.stringify([name, labels]);
      const known = this.#sums.get(key);
      const sample = known ?? { labels, value: 0 };
      sample.value += Number(value(of) ?? 0);
      if (known) continue;
      this.#sums.set(key, sample);
      this.#push(name, sample as Sample);
    }
  }

  #push(name: string, sample: Sample): void {
    const samples = this.byName.get(name) ?? [];
    this.byName.set(name, samples);
    samples.push(sample);
  }
}
