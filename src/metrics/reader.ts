import type { IpvsClient } from '../ipvs/client/ipvs-client.ts';
import { type Group, type ScrapeOptions, scrape, scrapedRows } from './scrape.ts';
import type { Row } from './series.ts';

/** How a reading went. */
interface Outcome {
  readonly up: number;
  readonly seconds: number;
}

const outcomeRows: readonly Row<Outcome>[] = [
  { name: 'ipvs_up', help: 'Whether IPVS could be read.', type: 'gauge', value: ({ up }) => up },
  {
    name: 'ipvs_scrape_duration_seconds',
    help: 'The time that reading took.',
    type: 'gauge',
    value: ({ seconds }) => seconds,
  },
];

const errorRows: readonly Row<number>[] = [
  {
    name: 'ipvs_scrape_errors_total',
    help: 'The readings that failed, by the code of the error.',
    type: 'counter',
    value: (count) => count,
  },
];

/** The metrics that a reading has at most. */
export function readRows(destinations: boolean): readonly Row<unknown>[] {
  return [...scrapedRows(destinations), ...outcomeRows, ...errorRows];
}

/** Reads all metrics each time it is called. A reading that fails tells of that, and of nothing else. */
export function createReader(ipvs: IpvsClient, options: ScrapeOptions): () => Promise<readonly Group[]> {
  const errors = new Map<string, number>();
  const failed = ({ code }: { code?: unknown }): undefined => {
    errors.set(String(code), (errors.get(String(code)) ?? 0) + 1);
  };
  return async () => {
    const start = performance.now();
    const groups = await scrape(ipvs, options).catch(failed);
    const outcome: Outcome = { up: groups ? 1 : 0, seconds: (performance.now() - start) / 1000 };
    return [
      ...(groups ?? []),
      { rows: outcomeRows, entries: [{ labels: {}, of: outcome }] },
      { rows: errorRows, entries: Array.from(errors, ([code, of]) => ({ labels: { code }, of })) },
    ];
  };
}
