import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../support/docs/blocks.ts';
import { examples, outputOf } from '../support/docs/examples.ts';

const folder = join(root, 'examples');
const run = promisify(execFile);

test.each(examples)('%s prints what it says', async (name) => {
  const output = outputOf(name);
  expect(output).not.toBe('');
  const { stdout, stderr } = await run('node', ['--import', 'tsx', name, '--fake'], { cwd: folder });
  expect(stdout + stderr).toBe(output);
});

test('controller.ts follows its file, and ends when it is told to', async () => {
  const there = mkdtempSync(join(tmpdir(), 'ipvs-controller-'));
  onTestFinished(() => rmSync(there, { recursive: true }));
  const file = join(there, 'backends.json');
  writeFileSync(file, '["10.0.0.5:8080","10.0.0.6:8080"]');
  const controller = spawn('node', ['--import', 'tsx', 'controller.ts', file, '--fake'], { cwd: folder });
  onTestFinished(() => void controller.kill('SIGKILL'));
  const wanted = outputOf('controller.ts').trimEnd().split('\n');
  const lines: string[] = [];
  for await (const line of createInterface(controller.stdout)) {
    lines.push(line.trimEnd());
    if (lines.length === 3) writeFileSync(file, '["10.0.0.6:8080"]');
    if (lines.length === wanted.length) break;
  }
  expect(lines).toEqual(wanted);
  controller.kill('SIGTERM');
  expect(await once(controller, 'exit')).toEqual([0, null]);
});

test('relieve.node-test.ts passes with the test runner of Node', async () => {
  const { stdout } = await run(
    'node',
    ['--import', 'tsx', '--test', '--test-reporter', 'tap', 'relieve.node-test.ts'],
    {
      cwd: join(folder, 'testing'),
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    },
  );
  expect(stdout).toMatch(/^# pass 2$/m);
});

test('the list of examples names each of them', () => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const linked = [...readme.matchAll(/\]\(([\w./-]+)\)/g)].map(([, target = '']) => target);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const programs = files.filter((name) => /\.(ts|cjs|mjs|sh)$/.test(name)).sort();
  expect(linked.filter((target) => /\.(ts|cjs|mjs|sh)$/.test(target)).sort()).toEqual(programs);
});
