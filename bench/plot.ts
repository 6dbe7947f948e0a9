import type { Measured } from './tables.ts';

const [WIDTH, HEIGHT, LEFT, TOP, SIZE] = [860, 400, 70, 60, 280];
const colors: Readonly<Record<string, string>> = {
  'C, 64 requests at a time': '#555',
  'C, one request at a time': '#aaa',
  ipvsadm: '#c33',
  'this package': '#26c',
  'this package, its first table': '#9bf',
};

interface Scale {
  readonly from: number;
  readonly to: number;
}

/** Draws time against the number of services, ten destinations each, on logarithmic scales: creating and listing. */
export function plot(tables: readonly Measured[], subtitle: string): string {
  const drawn = tables.filter(({ each, step }) => each === 10 && (step === 'create' || step === 'list'));
  const x = scaleOf(drawn.map(({ services }) => services));
  const y = scaleOf(drawn.map(({ value }) => value));
  const panels = ['create', 'list'].map((step, i) => panel(step, drawn, x, y, LEFT + i * 330));
  const legend = Object.entries(colors).map(([name, color], i) => {
    const [column, row] = [LEFT + (i % 3) * 250, HEIGHT - 28 + 18 * Math.floor(i / 3)];
    return `<rect x="${column}" y="${row - 9}" width="14" height="4" fill="${color}"/>${text(column + 20, row - 3, name)}`;
  });
  const title = `Milliseconds against the number of services with 10 destinations each; ${subtitle}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT + 20}" font-family="sans-serif" font-size="12">
<title>${title}</title>
<rect width="100%" height="100%" fill="#fff"/>
${text(LEFT, 22, title)}
${panels.join('\n')}
${legend.join('\n')}
</svg>
`;
}

function panel(step: string, tables: readonly Measured[], x: Scale, y: Scale, left: number): string {
  const place = ({ services, value }: Measured) =>
    `${(left + position(services, x)).toFixed(1)},${(TOP + SIZE - position(value, y)).toFixed(1)}`;
  const lines = Object.entries(colors).map(([name, color]) => {
    const points = tables.filter((each) => each.step === step && each.name === name);
    const ordered = points.sort((a, b) => a.services - b.services).map(place);
    const dots = ordered.map((point) => {
      const [cx, cy] = point.split(',');
      return `<circle cx="${cx}" cy="${cy}" r="3" fill="${color}"/>`;
    });
    return `<polyline points="${ordered.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>${dots.join('')}`;
  });
  const across = decades(x).map((each) => text(left + position(each, x), TOP + SIZE + 18, `${each}`, 'middle'));
  const up = decades(y).map((each) => {
    const at = TOP + SIZE - position(each, y);
    return `<path d="M${left} ${at}h${SIZE}" stroke="#eee"/>${left === LEFT ? text(left - 6, at + 4, `${each}`, 'end') : ''}`;
  });
  const frame = `<rect x="${left}" y="${TOP}" width="${SIZE}" height="${SIZE}" fill="none" stroke="#888"/>`;
  return [...up, frame, ...lines, ...across, text(left + SIZE / 2, TOP - 8, step, 'middle')].join('\n');
}

/** The whole decades around the values. */
function scaleOf(values: readonly number[]): Scale {
  return { from: Math.floor(Math.log10(Math.min(...values))), to: Math.ceil(Math.log10(Math.max(...values))) };
}

function decades({ from, to }: Scale): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
}

function position(value: number, { from, to }: Scale): number {
  return ((Math.log10(value) - from) / (to - from)) * SIZE;
}

function text(x: number, y: number, words: string, anchor = 'start'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${words}</text>`;
}
