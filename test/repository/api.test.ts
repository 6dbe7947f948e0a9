import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { subpaths } from '../../subpaths.ts';
import { readApi, withImports } from '../support/docs/api.ts';
import { compile } from '../support/docs/compile.ts';
import { run } from '../support/docs/run.ts';

// Whatever opens this machine's kernel gets the example's own.
type Fake = InstanceType<typeof FakeKernel>;
const current = vi.hoisted(() => ({ kernel: undefined as unknown }));
vi.mock('../../src/netlink/transport/linux-kernel.ts', () => ({ linuxKernel: () => current.kernel }));
vi.mock('../../src/netlink/transport/kernel.ts', () => ({
  kernelTransport: async (options: object) => (current.kernel as Fake).connect(options),
}));
const { FakeKernel } = await import('../../src/testing/index.ts');

const { exports, callables } = readApi();
const examples = callables.flatMap(({ name, examples }) =>
  examples.map((example) => ({ name, example: withImports(example, exports) })),
);
const modules: Record<string, unknown> = {};
const folder = mkdtempSync(join(tmpdir(), 'ipvs-api-'));
const home = process.cwd();

beforeAll(async () => {
  for (const { name, source } of subpaths) modules[name] = await import(source);
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

test('every function and method has an example', () => {
  expect(callables.length).toBeGreaterThan(100);
  expect(callables.filter(({ examples }) => examples.length === 0).map(({ name }) => name)).toEqual([]);
  expect(examples.filter(({ example }) => example.text === '').map(({ name }) => name)).toEqual([]);
});

test('every example compiles', () => {
  expect(compile(examples.map(({ example }) => example))).toEqual([]);
}, 300_000);

test.each(examples)('the example of $name prints what it says', async ({ example }) => {
  const kernel = new FakeKernel();
  current.kernel = kernel;
  expect(await run(example, kernel, modules)).toBe(example.output);
});
