import type { Namespace } from '../state/namespace.ts';

const TITLES = [
  '   Total Incoming Outgoing         Incoming         Outgoing\n',
  '   Conns  Packets  Packets            Bytes            Bytes\n',
];
const RATES = ' Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s\n';
const WIDTHS = [8, 8, 8, 16, 16];

/** `/proc/net/ip_vs_stats` (net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_stats_show). */
export function statisticsFile({ totals }: Namespace): string[] {
  const report = totals.report();
  return [...TITLES, `${row(report.slice(0, 5))}\n`, '\n', RATES, `${row(report.slice(5))}\n`];
}

/** `/proc/net/ip_vs_stats_percpu`: every processor as it counted, never zeroed (ip_vs_stats_percpu_show). */
export function* perCpuStatisticsFile({ totals, perCpu }: Namespace): Generator<string> {
  const report = totals.report();
  const [first, second] = TITLES;
  yield `    ${first}CPU ${second}`;
  for (const [cpu, counters] of perCpu.entries())
    yield `${cpu.toString(16).toUpperCase().padStart(3)} ${row(counters)}\n`;
  yield `  ~ ${row(report.slice(0, 5))}\n\n`;
  yield `    ${RATES}`;
  yield `    ${row(report.slice(5))}\n`;
}

/** `%8LX %8LX %8LX %16LX %16LX` */
function row(values: readonly bigint[]): string {
  return values
    .map((value, i) =>
      BigInt.asUintN(64, value)
        .toString(16)
        .toUpperCase()
        .padStart(WIDTHS[i] ?? 0),
    )
    .join(' ');
}
