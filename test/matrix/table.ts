import type { Result } from './results.ts';

const HEADING = '## Kernels, processors and Nodes';

/** A row for a kernel on a processor, a column for a line of Node. */
export function tableOf(results: readonly Result[]): string {
  const nodes = [...new Set(results.map(({ node }) => node))].sort((a, b) => Number(a) - Number(b));
  const rows = new Map<string, Result[]>();
  for (const result of results) {
    const name = `Linux ${result.kernel}, ${result.architecture}`;
    rows.set(name, [...(rows.get(name) ?? []), result]);
  }
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const cell = (some: readonly Result[], node: string) =>
    some
      .filter((each) => each.node === node)
      .map(describe)
      .join('; ');
  return [
    line(['', ...nodes.map((node) => `Node ${node}`)]),
    line(['', ...nodes].map(() => '---')),
    ...[...rows].map(([name, some]) => line([name, ...nodes.map((node) => cell(some, node))])),
  ].join('\n');
}

function describe({ tests, passed, failed, date }: Result): string {
  const score = failed === 0 ? `${passed} passed` : `**${failed} failed**, ${passed} passed`;
  return `${tests}: ${score}, ${date}`;
}

/** The page with another table under its heading. */
export function withTable(page: string, table: string): string {
  const section = page.indexOf(`${HEADING}\n`);
  const start = page.indexOf('\n|', section) + 1;
  const length = page.slice(start).search(/\n(?!\|)/);
  if (section < 0 || start === 0 || length < 0) throw new Error(`The page has no table under "${HEADING}".`);
  return page.slice(0, start) + table + page.slice(start + length);
}
