import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { median } from './figures.ts';

/** What reading a connection table costs. */
export interface ConnectionsFigure {
  readonly name: string;
  /** Processor time of a line, in nanoseconds. */
  readonly nanoseconds: number;
  /** Against the plain split, in the same round. */
  readonly ratio: number;
  /** Most memory of the process, in MiB. */
  readonly memory: number;
  /** What 99 of 100 turns of the event loop take at most, in milliseconds. */
  readonly p99: number;
}

/** How a connection table is read: by `split`, counted, or counted through a filter. */
export type Reading = 'split' | 'count' | 'filter';

/** What one process measures of itself. */
export interface MeasuredReading {
  readonly nanoseconds: number;
  readonly memory: number;
  readonly p99: number;
}

const names: Readonly<Record<Reading, string>> = {
  split: 'lines and words by split',
  count: 'connections()',
  filter: "connections({ state: 'SYN_RECV' })",
};

/** A table of 1,000,000 connections in the kernel's text, read in turns, each by a process of its own. */
export function connections(rounds: number): ConnectionsFigure[] {
  const readings = Object.keys(names) as Reading[];
  const measured = Array.from({ length: rounds }, () => readings.map(measure));
  return readings.map((reading, i) => {
    const own = measured.map((round) => round[i]).filter((each) => each !== undefined);
    const ratios = measured.map((round) => (round[i]?.nanoseconds ?? 0) / (round[0]?.nanoseconds ?? 1));
    return {
      name: names[reading],
      nanoseconds: median(own.map(({ nanoseconds }) => nanoseconds)),
      ratio: median(ratios),
      memory: Math.max(...own.map(({ memory }) => memory)),
      p99: Math.max(...own.map(({ p99 }) => p99)),
    };
  });
}

function measure(reading: Reading): MeasuredReading {
  const script = join(import.meta.dirname, 'read-connections.ts');
  const output = execFileSync(process.execPath, ['--import', 'tsx', script, reading], { encoding: 'utf8' });
  return JSON.parse(output);
}
