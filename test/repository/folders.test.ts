import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

test.each(['src', 'test'])('no folder of %s holds more than 16 files', (top) => {
  const counts = new Map<string, number>();
  for (const entry of readdirSync(join(root, top), { recursive: true, withFileTypes: true })) {
    // A recording is data: a folder of them has a file for each case of the contract.
    if (entry.isFile() && !entry.name.endsWith('.nl'))
      counts.set(entry.parentPath, (counts.get(entry.parentPath) ?? 0) + 1);
  }
  expect(counts.size).toBeGreaterThan(5);
  expect([...counts].filter(([, count]) => count > 16)).toEqual([]);
});
