import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvs-process-'));
  file = join(folder, 'rules');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a line of bash in which `ipvs` is the command in a process of its own. */
function bash(line: string, input = '') {
  const define = `ipvs() { "${process.execPath}" --import tsx src/cli/main.ts "$@" --fake "${file}"; }`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `set -o pipefail\n${define}\n${line}`], {
    cwd: root,
    input,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

// A process with tsx takes seconds to start on a slow machine.
test('reads standard input, writes standard output, and its exit status is that of the command', {
  timeout: 60_000,
}, () => {
  expect(bash('ipvs -R', '-A -f 1 -s rr\n')).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(bash('ipvs -Sn')).toEqual({ status: 0, stdout: '-A -f 1 -s rr\n', stderr: '' });
  expect(bash('ipvs -A -f 0')).toMatchObject({ status: 2, stdout: '' });
  expect(bash('ipvs -A -f 1')).toMatchObject({ status: 255, stdout: '' });
});

test('ends quietly when nobody reads on', { timeout: 60_000 }, () => {
  writeFileSync(file, Array.from({ length: 5000 }, (_, i) => `-A -f ${i + 1}\n`).join(''));
  const { stdout, stderr } = bash('ipvs -Ln | head -n 1');
  expect(stdout).toMatch(/^IP Virtual Server version [^\n]*\n$/);
  expect(stderr).toBe('');
});

test('says that standard output is full, in one line', { timeout: 60_000 }, () => {
  writeFileSync(file, '-A -f 1\n');
  const message = 'ipvs: cannot write to standard output: ENOSPC: no space left on device, write\n';
  expect(bash('ipvs -Ln > /dev/full')).toEqual({ status: 2, stdout: '', stderr: message });
  expect(bash('ipvs info > /dev/full')).toEqual({ status: 2, stdout: '', stderr: message });
});

test('restores to the end though nobody reads standard error', { timeout: 60_000 }, () => {
  writeFileSync(file, '');
  const rules = Array.from({ length: 3000 }, (_, i) => `-A -f ${i + 1}\n`.repeat(2)).join('');
  const { status, stderr } = bash('ipvs -R 2>&1 | true', rules);
  expect({ status, stderr }).toEqual({ status: 255, stderr: '' });
  expect(readFileSync(file, 'utf8').match(/^-A /gm)).toHaveLength(3000);
});
