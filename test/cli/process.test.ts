import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

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

test('what changes something goes on when nobody reads on', { timeout: 60_000 }, () => {
  writeFileSync(file, '');
  const wanted = join(folder, 'wanted.json');
  const services = Array.from({ length: 3000 }, (_, i) => ({ fwmark: i + 1 }));
  writeFileSync(wanted, JSON.stringify({ services }));
  expect(bash(`ipvs apply ${wanted} --yes | true`)).toMatchObject({ status: 0, stdout: '' });
  expect(readFileSync(file, 'utf8').match(/^-A /gm)).toHaveLength(3000);
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

test.each([
  ['SIGINT', 'SIGTERM'],
  ['SIGTERM', 'SIGTERM'],
] as const)('ends at once with a second signal, %s and then %s', { timeout: 60_000 }, async (first, second) => {
  writeFileSync(file, '');
  const words = ['--import', 'tsx', 'src/cli/main.ts', 'exporter', '--listen', '127.0.0.1:0', '--fake', file];
  const exporter = spawn(process.execPath, words, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void exporter.kill('SIGKILL'));
  const [line] = await once(exporter.stderr.setEncoding('utf8'), 'data');
  const port = Number(/:(\d+)\/metrics/.exec(line)?.[1]);
  // While somebody is connected, the exporter does not end with the first.
  const client = connect(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void client.destroy());
  await once(client, 'connect');
  await fetch(`http://127.0.0.1:${port}/healthz`);
  const ended = once(exporter, 'exit');
  exporter.kill(first);
  while (await connects(port));
  exporter.kill(second);
  expect(await ended).toEqual([null, second]);
});

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}
