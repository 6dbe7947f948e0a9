import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { growthTables } from '../../bench/growth-tables.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('docs/why-ipvs.md has the tables of what was measured, the kernel and the day', async () => {
  const { growth } = JSON.parse(read('bench/figures.json'));
  const tables = growthTables(growth.figures);
  const text = read('docs/why-ipvs.md').replace(
    /<!-- figures -->[\s\S]*<!-- \/figures -->/,
    `<!-- figures -->\n\n${tables}\n\n<!-- /figures -->`,
  );
  expect(text).toContain(tables);
  expect(text).toContain(`on ${growth.date} with Linux ${growth.kernel}`);
  await expect(text).toMatchFileSnapshot('../../docs/why-ipvs.md');
});
