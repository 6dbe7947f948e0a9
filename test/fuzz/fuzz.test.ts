import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';

const SECONDS = 10;

test('changed answers give a value or an error of ours, and never a false success', async () => {
  const seed = Date.now() % 1_000_000_000;
  const end = performance.now() + SECONDS * 1000;
  const counts = await fuzz(seed, () => performance.now() > end);
  expect(counts.mutated).toBeGreaterThan(0);
  expect(counts.rejected).toBeGreaterThan(0);
  expect(counts.resolved).toBeGreaterThan(0);
});
