import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ipvs } from '../support/cli.ts';

const root = join(import.meta.dirname, '../..');

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvs-fake-'));
  file = join(folder, 'rules');
});
afterEach(() => rmSync(folder, { recursive: true }));

const add = (path = file) => ipvs(['-A', '-f', '1', '--fake', path]);
const silent = { status: 0, stdout: '', stderr: '' };

describe('--fake takes regular files alone', () => {
  test('not a device', async () => {
    const { status, stderr } = await add('/dev/null');
    expect({ status, stderr }).toEqual({ status: 2, stderr: 'ipvs: /dev/null: is not a regular file\n' });
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('not a pipe, which it would wait for', async () => {
    execFileSync('mkfifo', [file]);
    for (const line of ['-A -f 1', '-Ln'])
      expect((await ipvs([...line.split(' '), '--fake', file])).stderr).toBe(`ipvs: ${file}: is not a regular file\n`);
    expect(lstatSync(file).isFIFO()).toBe(true);
  });

  test('not a folder', async () => {
    mkdirSync(file);
    expect(await add()).toMatchObject({ status: 2, stderr: `ipvs: ${file}: is not a regular file\n` });
  });

  test('what a link points to, and the link stays', async () => {
    const link = join(folder, 'link');
    symlinkSync('rules', link);
    expect(await add(link)).toMatchObject({
      status: 2,
      stderr: `ipvs: ${link}: is a symbolic link to a file that does not exist\n`,
    });
    writeFileSync(file, '');
    expect(await add(link)).toEqual(silent);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, 'utf8')).toContain('-A -f 1');
    expect(readdirSync(folder).sort()).toEqual(['link', 'rules']);
  });
});

describe('a file that is replaced', () => {
  test.each([0o600, 0o640, 0o664, 0o1666])('keeps its mode %o', async (mode) => {
    writeFileSync(file, '');
    chmodSync(file, mode);
    expect(await add()).toEqual(silent);
    expect(statSync(file).mode & 0o7777).toBe(mode);
  });

  test.runIf(process.getuid?.() === 0)('keeps its owner, which takes root to see', async () => {
    writeFileSync(file, '');
    chownSync(file, 4321, 1234);
    chmodSync(file, 0o640);
    expect(await add()).toEqual(silent);
    expect(statSync(file)).toMatchObject({ uid: 4321, gid: 1234, mode: 0o100640 });
  });

  test("leaves the user's files alone, whatever they are called", async () => {
    const names = [`rules.${process.pid}`, `.rules.ipvs-draft-${process.pid}x`, '.other.ipvs-draft-1', 'rules~'];
    for (const name of names) writeFileSync(join(folder, name), 'mine');
    expect(await add()).toEqual(silent);
    expect(readdirSync(folder).sort()).toEqual([...names, 'rules'].sort());
    for (const name of names) expect(readFileSync(join(folder, name), 'utf8')).toBe('mine');
  });

  test('takes away the drafts of commands that were killed', async () => {
    for (const id of ['1', '99999999', `${process.pid}`])
      writeFileSync(join(folder, `.rules.ipvs-draft-${id}`), '-A -f');
    expect(await add()).toEqual(silent);
    expect(readdirSync(folder)).toEqual(['rules']);
  });

  test('has names read as --restore reads them', async () => {
    writeFileSync(file, '-A -t localhost:80 -s rr\n');
    expect((await ipvs(['-Sn', '--fake', file])).stdout).toBe('-A -t 127.0.0.1:80 -s rr\n');
  });
});

test('eight commands at once, in one process, lose nothing', async () => {
  const outcomes = await Promise.all(
    [1, 2, 3, 4, 5, 6, 7, 8].map((mark) => ipvs(['-A', '-f', `${mark}`, '--fake', file])),
  );
  expect(outcomes).toEqual(outcomes.map(() => silent));
  expect((await ipvs(['-Sn', '--fake', file])).stdout.match(/^-A /gm)).toHaveLength(8);
});

// A process with tsx takes seconds to start on a slow machine.
test('eight commands at once, in eight processes, lose nothing', { timeout: 120_000 }, async () => {
  const codes = await Promise.all(
    [1, 2, 3, 4, 5, 6, 7, 8].map((mark) => {
      const words = ['--import', 'tsx', 'src/cli/main.ts', '-A', '-f', `${mark}`, '--fake', file];
      const child = spawn(process.execPath, words, { cwd: root, stdio: 'inherit' });
      return new Promise((resolve, reject) => child.on('exit', resolve).on('error', reject));
    }),
  );
  expect(codes).toEqual(codes.map(() => 0));
  expect((await ipvs(['-Sn', '--fake', file])).stdout.match(/^-A /gm)).toHaveLength(8);
});
