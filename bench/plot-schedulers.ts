import { draw } from './draw.ts';
import { type Movement, type Share, schedulers } from './schedulers.ts';

/** Draws the share of the connections that each server got, scheduler by scheduler. */
export function plotShares(shares: readonly Share[], connections: number): Promise<string> {
  const values = shares.map((each) => ({ ...each, percent: (100 * each.connections) / connections }));
  return draw({
    title: {
      text: 'Connections by the weight of the server',
      subtitle: `${connections.toLocaleString('en')} to four servers of weights 1 to 4, 100 at a time`,
    },
    data: { values },
    facet: { field: 'scheduler', type: 'nominal', title: null, sort: [...schedulers] },
    columns: 7,
    spec: {
      width: 84,
      height: 130,
      mark: { type: 'bar', color: '#26c' },
      encoding: {
        x: { field: 'weight', type: 'ordinal', title: 'weight', axis: { labelAngle: 0 } },
        y: { field: 'percent', type: 'quantitative', title: 'percent of connections', scale: { domain: [0, 100] } },
      },
    },
  });
}

/** Draws how many clients go elsewhere after a change of the servers. */
export function plotMovements(movements: readonly Movement[]): Promise<string> {
  const values = movements.flatMap(({ scheduler, change, needed, besides, clients }) => [
    {
      scheduler,
      change,
      order: 0,
      why: 'to or from the server that changed',
      percent: (100 * needed) / clients,
    },
    { scheduler, change, order: 1, why: 'between servers that stay', percent: (100 * besides) / clients },
  ]);
  return draw({
    title: {
      text: 'Clients that move',
      subtitle: `${(movements[0]?.clients ?? 0).toLocaleString('en')} clients, servers of the same weight`,
    },
    data: { values },
    facet: { field: 'change', type: 'nominal', title: null, sort: null, header: { labelFontSize: 12 } },
    columns: 2,
    spec: {
      width: 300,
      height: 90,
      mark: 'bar',
      encoding: {
        y: { field: 'scheduler', type: 'nominal', title: null, sort: null },
        x: { field: 'percent', type: 'quantitative', title: 'percent of clients', scale: { domain: [0, 100] } },
        order: { field: 'order' },
        color: {
          field: 'why',
          type: 'nominal',
          title: null,
          sort: null,
          scale: { range: ['#9bf', '#c33'] },
          legend: { orient: 'bottom' },
        },
      },
    },
  });
}
