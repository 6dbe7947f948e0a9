import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ipvs } from '../support/cli.ts';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);

/** Runs a program of the repository as a user would, but on a kernel in memory. */
function run(program: string, ...flags: string[]): string {
  const preload = ['--import', 'tsx', '--import', join(root, 'test/support/ipvs/open-fake.ts')];
  return execFileSync(process.execPath, [...flags, ...preload, program], { cwd: root, encoding: 'utf8' });
}

test.each(blocks.map((code, i) => ({ i, code })))('block $i of the README runs as printed', ({ code }) => {
  // Inside the repository, so that the package finds itself by name.
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist/readme-'));
  try {
    const program = join(folder, 'readme.mts');
    writeFileSync(program, code);
    expect(run(program)).toMatch(/192\.0\.2\.22|IPVS_CMD_NEW_SERVICE/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the command does what the README shows', async () => {
  const [, console = ''] = /^```console\n(.*?)^```$/ms.exec(readme) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'ipvs-readme-'));
  try {
    let shown = '';
    for (const [line, command = ''] of console.matchAll(/^\$ npx ipvs (.*)\n/gm)) {
      const words = command.split(' ').map((word) => (word === 'rules' ? join(folder, word) : word));
      const { status, stdout, stderr } = await ipvs(words);
      expect([status, stderr]).toEqual([0, '']);
      shown += line + stdout;
    }
    expect(shown).toBe(console);
    expect(shown).toContain('192.0.2.21:8080');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the first example runs, and leaves nothing behind', () => {
  const printed = run('examples/quickstart.ts');
  expect(printed).toContain("'192.0.2.22:8080' │ 'gue'        │ 5 ");
  expect(printed).toContain('connections are now kept for 1800 s');
  expect(printed.trim().endsWith('Everything it made is removed.')).toBe(true);
});

test('it runs as well where Node must not make code from text', () => {
  expect(run('examples/quickstart.ts', '--disallow-code-generation-from-strings')).toContain(
    'Everything it made is removed.',
  );
});
