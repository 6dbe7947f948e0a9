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
      samples.add(backendRows, destination, withDestination(nodeLabels, destination));
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

  add<Of>(rows: readonly Row<Of>[], of: Of, labels: Labels): void {
    for (const row of rows) {
      const value = row.value(of);
      if (value === undefined) continue;
      const samples = this.byName.get(row.name) ?? [];
      this.byName.set(row.name, samples);
      samples.push({ labels: row.labels ? { ...labels, ...row.labels(of) } : labels, value: Number(value) });
    }
  }
}
