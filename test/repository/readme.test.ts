import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { subpaths } from '../../subpaths.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

test('the README is short', () => {
  expect(readme.split('\n').length).toBeLessThan(150);
});

test('the README lists every subpath and nothing else', () => {
  const [, rows = ''] = /\| import \|.*?\n\|---.*?\n(.*?)\n\n/s.exec(readme) ?? [];
  const listed = rows.split('\n').map((row) => /^\| `(.*?)` \|/.exec(row)?.[1]);
  expect(listed.sort()).toEqual(subpaths.map(({ name }) => name).sort());
});
