import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Seen, seenTables } from '../kernel/traffic/seen.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('docs/traffic.md has the tables of what was seen', async () => {
  const all: Seen[] = JSON.parse(read('test/kernel/traffic/seen.json'));
  const text = read('docs/traffic.md').replace(
    /<!-- seen -->[\s\S]*<!-- \/seen -->/,
    `<!-- seen -->\n\n${seenTables(all)}\n\n<!-- /seen -->`,
  );
  expect(text).toContain(seenTables(all));
  await expect(text).toMatchFileSnapshot('../../docs/traffic.md');
});

test('the tables tell the kernels that answered all, some or none, and those without a scheduler', () => {
  const tables = seenTables([
    {
      release: '6.12.1-test',
      answers: {
        rr: { masquerade: { 'tcp inet': ['real1', 'real2'], 'tcp inet6': ['no answer', 'real2'] } },
        twos: {},
      },
    },
  ]);
  expect(tables).toContain('| masquerade | IPv4 | IPv4 | 6.12 | not seen | not seen | not seen |');
  expect(tables).toContain('| masquerade | IPv6 | IPv6 | none on 6.12 | not seen | not seen | not seen |');
  expect(tables).toContain('| `rr` | 1 of 8 on 6.12 |');
  expect(tables).toContain('| `twos` | not in 6.12 |');
});
