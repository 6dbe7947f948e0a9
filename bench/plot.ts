import { draw, logarithmic } from './draw.ts';
import type { Measured } from './tables.ts';

const colors: Readonly<Record<string, string>> = {
  'C, 64 requests at a time': '#555',
  'C, one request at a time': '#aaa',
  ipvsadm: '#c33',
  'this package': '#26c',
  'this package, its first table': '#9bf',
};

/** Draws time against the number of services, ten destinations each, on logarithmic scales: creating and listing. */
export function plot(tables: readonly Measured[], subtitle: string): Promise<string> {
  const drawn = tables.filter(({ each, step }) => each === 10 && (step === 'create' || step === 'list'));
  return draw({
    title: { text: 'Services with 10 destinations each', subtitle },
    data: { values: drawn.map(({ name, step, services, value }) => ({ name, step, services, value })) },
    mark: { type: 'line', point: true },
    width: 280,
    height: 280,
    encoding: {
      column: { field: 'step', title: null },
      x: { field: 'services', ...logarithmic, title: 'services' },
      y: { field: 'value', ...logarithmic, title: 'milliseconds' },
      color: {
        field: 'name',
        type: 'nominal',
        title: null,
        scale: { domain: Object.keys(colors), range: Object.values(colors) },
        legend: { orient: 'bottom', columns: 3 },
      },
    },
  });
}
