import { readFileSync } from 'node:fs';

/** What passed on a kernel, a processor and a Node. */
export interface Result {
  /** The kernel's version: `'6.12'`. */
  readonly kernel: string;
  /** What `uname -r` says there. */
  readonly release: string;
  /** As Node calls it: `'x64'`. */
  readonly architecture: string;
  /** The line of Node: `'20'`. */
  readonly node: string;
  /** Which of the kernel tests. */
  readonly tests: 'all' | 'contract';
  readonly passed: number;
  readonly failed: number;
  /** Year, month and day. */
  readonly date: string;
}

/** Where the results are kept. */
export const file = new URL('results.json', import.meta.url);

export function readResults(): Result[] {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** New results in the place of those of the same cell, in the order of the table. */
export function merge(known: readonly Result[], results: readonly Result[]): Result[] {
  const cells = new Map([...known, ...results].map((result) => [cellOf(result), result]));
  return [...cells.values()].sort((a, b) => byNumbers.compare(cellOf(a), cellOf(b)));
}

const byNumbers = new Intl.Collator('en', { numeric: true });

function cellOf({ architecture, kernel, node, tests }: Result): string {
  return [architecture === 'x64' ? '' : architecture, kernel, node, tests].join(' ');
}
