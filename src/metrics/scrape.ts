import type { IpvsClient } from '../ipvs/client/ipvs-client.ts';
import type { Service } from '../ipvs/model/service.ts';
import { type Labels, nodeServiceLabels, serviceLabels, withDestination } from './labels.ts';
import {
  type Backend,
  backendRows,
  daemonRows,
  destinationRows,
  infoRows,
  type Row,
  serviceRows,
  statusRows,
  totalRows,
} from './series.ts';

/** One thing, and the labels that its metrics share. */
export interface Entry<Of = unknown> {
  readonly labels: Labels;
  readonly of: Of;
}

/** Things of one kind, and the metrics that each has. */
export interface Group<Of = unknown> {
  readonly rows: readonly Row<Of>[];
  readonly entries: readonly Entry<Of>[];
}

/** What to leave out. */
export interface ScrapeOptions {
  readonly service: (service: Service) => boolean;
  readonly destinations: boolean;
}

/** The metrics that a scrape has at most. */
export function scrapedRows(destinations: boolean): readonly Row<unknown>[] {
  const rows: readonly Row<unknown>[] = [...totalRows, ...infoRows, ...statusRows, ...daemonRows, ...serviceRows];
  return destinations ? [...rows, ...backendRows, ...destinationRows] : rows;
}

/**
 * Everything in one pass of the table. Values are taken out of the entries only when they are told of: a sample of its own
 * for each would be the larger part of the work. Rejects as the methods of {@link Ipvs} do.
 */
export async function scrape(
  ipvs: IpvsClient,
  { service: wanted, destinations: all }: ScrapeOptions,
): Promise<readonly Group[]> {
  const [totals, daemons, info, status] = await Promise.all([
    ipvs.statistics(),
    ipvs.daemons(),
    ipvs.info(),
    ipvs.status().catch(withoutPrivilege),
  ]);
  const services = new Entries(serviceRows);
  const backends = new Entries(backendRows);
  const destinations = new Entries(destinationRows);
  for await (const { service, destinations: listed } of ipvs.table()) {
    if (!wanted(service)) continue;
    const [labels, nodeLabels] = [serviceLabels(service), nodeServiceLabels(service)];
    services.add(labels, service);
    if (!all) continue;
    for (const destination of listed) {
      destinations.add(withDestination(labels, destination), destination);
      const backend = withDestination(nodeLabels, destination);
      // Services of both families may have the same mark, and the same server behind it: node_exporter adds them up.
      if (service.fwmark === undefined) backends.add(backend, destination);
      else backends.merge(backend, destination, sum);
    }
  }
  return [
    new Entries(totalRows).add({}, totals),
    new Entries(infoRows).add({}, info),
    status ? new Entries(statusRows).add({}, status) : new Entries(statusRows),
    daemons.reduce((entries, daemon) => entries.add({}, daemon), new Entries(daemonRows)),
    services,
    backends,
    destinations,
  ];
}

/** The file is root's alone, and what it tells can be done without. */
function withoutPrivilege(error: { code?: unknown }): undefined {
  if (error.code !== 'EACCES') throw error;
}

function sum(a: Backend, b: Backend): Backend {
  return {
    activeConnections: a.activeConnections + b.activeConnections,
    inactiveConnections: a.inactiveConnections + b.inactiveConnections,
    weight: a.weight + b.weight,
  };
}

class Entries<Of> implements Group<Of> {
  readonly rows: readonly Row<Of>[];
  readonly entries: Entry<Of>[] = [];
  /** Where entries that others may be merged into are, by their labels. */
  readonly #merged = new Map<string, number>();

  constructor(rows: readonly Row<Of>[]) {
    this.rows = rows;
  }

  add(labels: Labels, of: Of): this {
    this.entries.push({ labels, of });
    return this;
  }

  /** The same, but that entries with the same labels are one. */
  merge(labels: Labels, of: Of, into: (known: Of, of: Of) => Of): void {
    const key = JSON.stringify(labels);
    const index = this.#merged.get(key);
    const known = index === undefined ? undefined : this.entries[index];
    if (index !== undefined && known) this.entries[index] = { labels, of: into(known.of, of) };
    else this.#merged.set(key, this.entries.push({ labels, of }) - 1);
  }
}
