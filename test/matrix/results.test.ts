import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../bed/vitest.ts';
import { merge, type Result, readResults } from './results.ts';
import { tableOf, withTable } from './table.ts';

const page = readFileSync(join(root, 'docs/reliability.md'), 'utf8');
const one: Result = {
  ...{ kernel: '6.12', release: '6.12.1-amd64', architecture: 'x64', node: '20', tests: 'contract' },
  ...{ passed: 80, failed: 0, date: '2026-11-26' },
};

test('docs/reliability.md has the table of the results that are kept', () => {
  expect(withTable(page, tableOf(readResults()))).toBe(page);
});

test('nothing that is kept has failed', () => {
  for (const { kernel, architecture, node, failed } of readResults())
    expect([kernel, architecture, node, failed]).toEqual([kernel, architecture, node, 0]);
});

test('a new result takes the place of that of the same cell', () => {
  const results = merge(
    [one],
    [
      { ...one, node: '22', failed: 1 },
      { ...one, passed: 81 },
    ],
  );
  expect(tableOf(results)).toBe(
    [
      '|  | Node 20 | Node 22 |',
      '| --- | --- | --- |',
      '| Linux 6.12, x64 | contract: 81 passed, 2026-11-26 | contract: **1 failed**, 80 passed, 2026-11-26 |',
    ].join('\n'),
  );
});

test('a page without the table is refused', () => {
  expect(() => withTable('# Reliability\n', '| |')).toThrow('has no table');
});
