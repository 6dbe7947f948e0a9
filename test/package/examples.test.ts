import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, inject, test } from 'vitest';
import { blocksOf, root } from '../support/docs/blocks.ts';
import { outputOf } from '../support/docs/examples.ts';
import { execute } from './execute.ts';

const { project } = inject('installed');
const folder = join(project, 'try');

beforeAll(() => mkdir(folder, { recursive: true }));

test('the first program of the README, pasted as JavaScript, prints what it says', async () => {
  const [first] = blocksOf('README.md').filter(({ language }) => language === 'ts');
  await writeFile(join(folder, 'demo.mjs'), first?.text ?? '');
  expect(await execute(['node', 'demo.mjs'], folder)).toBe(first?.output);
});

test('examples/commonjs.cjs prints what it says', async () => {
  await cp(join(root, 'examples/commonjs.cjs'), join(folder, 'commonjs.cjs'));
  expect(await execute(['node', 'commonjs.cjs'], folder)).toBe(outputOf('commonjs.cjs'));
});

test('examples/testing/relieve.jest.mjs passes with Jest', async () => {
  await cp(join(root, 'examples/testing/relieve.jest.mjs'), join(folder, 'relieve.jest.mjs'));
  await writeFile(join(folder, 'jest.config.json'), '{ "testMatch": ["**/*.jest.mjs"], "transform": {} }');
  const jest = join(project, 'node_modules/jest/bin/jest.js');
  const printed = await execute(['node', '--experimental-vm-modules', jest, '--json'], folder);
  expect(JSON.parse(printed)).toMatchObject({ success: true, numPassedTests: 2 });
});
