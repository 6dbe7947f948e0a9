import { draw, logarithmic } from './draw.ts';
import { median } from './figures.ts';
import type { GivenUp, Growth } from './growth.ts';

const colors: Readonly<Record<string, string>> = {
  'IPVS, this package': '#26c',
  'IPVS, ipvsadm': '#9bf',
  'nftables, verdict map': '#2a2',
  'iptables, legacy': '#c33',
  'iptables, nft': '#e90',
};

const steps: Readonly<Record<string, (growth: Growth) => readonly number[]>> = {
  'all services, from none': ({ program }) => [program],
  'one service more': ({ added }) => added,
  'one endpoint replaced': ({ changed }) => changed,
  'a connection to the last service': ({ latency }) => latency.last.p50.map((microseconds) => microseconds / 1000),
};

/** Draws time against the number of services, on logarithmic scales: medians, and bars from the least to the most. */
export function plotGrowth(growths: readonly (Growth | GivenUp)[], subtitle: string): Promise<string> {
  const values = growths
    .filter((growth): growth is Growth => !('givenUp' in growth))
    .flatMap((growth) =>
      Object.entries(steps).map(([step, timesOf]) => {
        const times = timesOf(growth);
        const [least, most] = [Math.min(...times), Math.max(...times)];
        return { name: growth.name, services: growth.services, step, median: median(times), least, most };
      }),
    );
  const x = { field: 'services', ...logarithmic, title: 'services of 10 endpoints' } as const;
  const scale = { domain: Object.keys(colors), range: Object.values(colors) };
  const color = {
    field: 'name',
    type: 'nominal',
    title: null,
    scale,
    legend: { orient: 'bottom', columns: 3 },
  } as const;
  return draw({
    title: { text: 'Time by the number of services', subtitle },
    data: { values },
    facet: { field: 'step', type: 'nominal', title: null, sort: Object.keys(steps) },
    columns: 2,
    resolve: { scale: { y: 'independent' } },
    spec: {
      width: 280,
      height: 220,
      layer: [
        {
          mark: { type: 'line', point: true },
          encoding: { x, y: { field: 'median', ...logarithmic, title: 'milliseconds' }, color },
        },
        { mark: 'rule', encoding: { x, y: { field: 'least', ...logarithmic }, y2: { field: 'most' }, color } },
      ],
    },
  });
}
