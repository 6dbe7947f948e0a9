import { median } from './figures.ts';
import type { GivenUp, Growth } from './growth.ts';

type Cell = (growth: Growth) => string;
type Figure = (growth: Growth) => number;

const PLACES = ['first', 'middle', 'last'] as const;
const steps: Readonly<Record<string, Figure>> = {
  'All services, from none': ({ program }) => program,
  'One service more': ({ added }) => median(added),
  'One endpoint replaced': ({ changed }) => median(changed),
};
/** Less is not told from what else the kernel does. */
const LEAST_MEMORY = 1024;

/**
 * The figures as Markdown: a table for each step, a line for each way to program services, a column for each number of services, and
 * in the last how the figure grew from the smallest number to the largest.
 */
export function growthTables(all: readonly (Growth | GivenUp)[]): string {
  const sizes = [...new Set(all.map(({ services }) => services))];
  const names = [...new Set(all.map(({ name }) => name))];
  const table = (title: string, rows: readonly string[][]) => {
    const head = [title, ...sizes.map((size) => size.toLocaleString('en')), 'growth'];
    const rule = head.map((_, i) => (i === 0 ? '---' : '---:'));
    return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  };
  const row = (title: string, name: string, cell: Cell, figure: Figure, least = 0) => {
    const own = sizes.map((size) => all.find((each) => each.name === name && each.services === size));
    const [first, last] = [own[0], own.at(-1)].map((each) => (each && !('givenUp' in each) ? figure(each) : 0));
    const cells = own.map((each) => (!each ? '—' : 'givenUp' in each ? `> ${each.givenUp} s` : cell(each)));
    return [title, ...cells, first && last && first >= least ? `${significant(last / first)} x` : '—'];
  };
  const stepTables = Object.entries(steps).map(([title, figure]) =>
    table(
      title,
      names.map((name) => row(name, name, (growth) => timeOf(figure(growth)), figure)),
    ),
  );
  const latencies = names.flatMap((name) =>
    PLACES.map((place) => {
      const cell: Cell = ({ latency: { [place]: of } }) =>
        `${median(of.p50).toFixed(0)} us (${median(of.p99).toFixed(0)})`;
      return row(`${name}, to the ${place}`, name, cell, ({ latency }) => median(latency[place].p50));
    }),
  );
  const memories = names.map((name) =>
    row(
      name,
      name,
      ({ memory }) => memoryOf(memory),
      (growth) => growth.memory,
      LEAST_MEMORY,
    ),
  );
  return [
    ...stepTables,
    table('A connection: median (99th percentile)', latencies),
    table("The kernel's memory", memories),
  ].join('\n\n');
}

function timeOf(milliseconds: number): string {
  return milliseconds < 1000 ? `${significant(milliseconds)} ms` : `${significant(milliseconds / 1000)} s`;
}

function memoryOf(kibibytes: number): string {
  return kibibytes < LEAST_MEMORY ? '< 1 MiB' : `${significant(kibibytes / 1024)} MiB`;
}

/** Two digits, and all of those before the point. */
function significant(value: number): string {
  return value < 10 ? value.toPrecision(2) : value.toLocaleString('en', { maximumFractionDigits: 0 });
}
