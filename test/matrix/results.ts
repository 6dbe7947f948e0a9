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

/** The table of the documents: a row for a kernel, a column for a Node. */
export function formatResults(results: readonly Result[]): string {
  const nodes = [...new Set(results.map(({ node }) => node))].sort(byNumbers.compare);
  const rows = new Map<string, Result[]>();
  for (const result of results) {
    const row = `${result.kernel} ${result.architecture}`;
    rows.set(row, [...(rows.get(row) ?? []), result]);
  }
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const head = ['', ...nodes.map((node) => `Node ${node}`)];
  return [
    line(head),
    line(head.map(() => '---')),
    ...[...rows].map(([row, cells]) =>
      line([
        `Linux ${row}`,
        ...nodes.map((node) =>
          cells
            .filter((each) => each.node === node)
            .map(describe)
            .join('; '),
        ),
      ]),
    ),
  ].join('\n');
}

function describe({ tests, passed, failed, date }: Result): string {
  const score = failed === 0 ? `${passed} passed` : `**${failed} failed**, ${passed} passed`;
  return `${tests}: ${score}, ${date}`;
}
