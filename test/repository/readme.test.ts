import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { subpaths } from '../../subpaths.ts';
import { ipvs } from '../support/cli.ts';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'ipvs-readme-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the example prints what the README says', () => {
  const [, program = '', printed] = /```ts\n(.*?)```\s+```\n(.*?)```/s.exec(readme) ?? [];
  const file = join(folder, 'example.mts');
  writeFileSync(file, fromSources(program));
  expect(execFileSync(process.execPath, ['--import', 'tsx', file], { cwd: root, encoding: 'utf8' })).toBe(printed);
});

test('the command prints what the README says', async () => {
  const [, session = ''] = /```console\n(.*?)```/s.exec(readme) ?? [];
  const commands = session.split('\n').filter((line) => line.startsWith('$ npx ipvs '));
  expect(commands.length).toBeGreaterThan(2);
  let transcript = '';
  for (const line of commands) {
    const argv = line.split(' ').slice(3, -1);
    const { stdout, stderr } = await ipvs([...argv, join(folder, 'rules')]);
    transcript += `${line}\n${stdout}${stderr}`;
  }
  expect(transcript).toBe(session);
});

test('the README lists every subpath and nothing else', () => {
  const [, rows = ''] = /\| import \|.*?\n\|---.*?\n(.*?)\n\n/s.exec(readme) ?? [];
  const listed = rows.split('\n').map((row) => /^\| `(.*?)` \|/.exec(row)?.[1]);
  expect(listed.sort()).toEqual(subpaths.map(({ name }) => name).sort());
});

/** The same program, its imports leading to the sources. */
function fromSources(program: string): string {
  return subpaths.reduce((text, { name, source }) => text.replace(`from '${name}';`, `from '${source}';`), program);
}
