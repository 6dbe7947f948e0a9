import { draw } from '../../bench/draw.ts';

/** A line of the samples: what a controller's process held. */
export interface Sample {
  readonly seconds: number;
  readonly controller: string;
  /** Bytes. */
  readonly rss: number;
  readonly heap: number;
}

const MIB = 2 ** 20;

/** Draws memory over time: all of each controller's process, and its heap after a collection. */
export function plotSoak(samples: readonly Sample[], subtitle: string): Promise<string> {
  const values = samples.flatMap(({ seconds, controller, rss, heap }) => [
    { minutes: seconds / 60, controller, what: 'resident', value: rss / MIB },
    { minutes: seconds / 60, controller, what: 'heap after a collection', value: heap / MIB },
  ]);
  return draw({
    title: { text: 'Memory of the controllers', subtitle },
    width: 600,
    height: 260,
    data: { values },
    mark: 'line',
    encoding: {
      x: { field: 'minutes', type: 'quantitative', title: 'minutes' },
      y: { field: 'value', type: 'quantitative', title: 'MiB' },
      color: { field: 'controller', type: 'nominal', title: null },
      strokeDash: { field: 'what', type: 'nominal', title: null },
    },
  });
}
