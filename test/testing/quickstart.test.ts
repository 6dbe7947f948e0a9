import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Runs a program of the repository as a user would, but on a kernel in memory. */
function run(program: string, ...flags: string[]): string {
  const preload = ['--import', 'tsx', '--import', join(root, 'test/support/ipvs/open-fake.ts')];
  return execFileSync(process.execPath, [...flags, ...preload, program], { cwd: root, encoding: 'utf8' });
}

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
