import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { barText, progressBar } from '../../src/cli/desired/progress-bar.ts';
import { run } from '../../src/cli/run.ts';

const before = '-A -t 192.0.2.10:80 -s wlc\n-a -t 192.0.2.10:80 -r 10.0.0.5:80 -m -w 1\n';
const after = before.replace('-w 1', '-w 3').replace('wlc', 'rr');

let folder: string;
let table: string;
let wanted: string;
beforeEach(() => {
  vi.stubEnv('NO_COLOR', undefined);
  vi.stubEnv('TERM', 'xterm');
  folder = mkdtempSync(join(tmpdir(), 'ipvs-terminal-'));
  [table, wanted] = [join(folder, 'table'), join(folder, 'wanted')];
  writeFileSync(table, before);
  writeFileSync(wanted, after);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Runs the command on a terminal on which somebody types an answer; null for one that interrupts instead. */
async function onTerminal(words: string[], answer: string | null = '') {
  const interrupt = new AbortController();
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  let stdout = '';
  const status = await run([...words, '--fake', table], {
    stdin,
    stdout: {
      isTTY: true,
      write(text) {
        stdout += text;
        if (!text.endsWith('[y/N] ')) return;
        if (answer === null) interrupt.abort(new Error('interrupted'));
        else stdin.end(answer);
      },
    },
    stderr: { isTTY: true, write: () => {} },
    listenForInterrupt: () => interrupt.signal,
  });
  return { status, stdout, changed: readFileSync(table, 'utf8') !== before };
}

describe('ipvs plan on a terminal', () => {
  test('is coloured, and the same without the colours', async () => {
    const { stdout } = await onTerminal(['plan', wanted]);
    expect(stdout).toContain('\u001b[33m~ tcp 192.0.2.10:80  scheduler wlc -> rr\u001b[39m\n');
    vi.stubEnv('NO_COLOR', '1');
    expect(stripVTControlCharacters(stdout)).toBe((await onTerminal(['plan', wanted])).stdout);
    vi.stubEnv('NO_COLOR', undefined);
    vi.stubEnv('TERM', 'dumb');
    expect(stripVTControlCharacters(stdout)).toBe((await onTerminal(['plan', wanted])).stdout);
  });
});

describe('ipvs apply on a terminal', () => {
  test.each(['y\n', 'YES\n', ' yes \r\n'])('carries out what was answered with %j', async (answer) => {
    const { status, stdout, changed } = await onTerminal(['apply', wanted], answer);
    expect(stdout).toMatch(/unchanged\S*\nApply these changes\? \[y\/N\] $/);
    expect({ status, changed }).toEqual({ status: 0, changed: true });
  });

  test.each(['\n', 'n\n', 'yesterday\n', ''])(
    'changes nothing when answered with %j, and ends with 1',
    async (answer) => {
      expect(await onTerminal(['apply', wanted], answer)).toMatchObject({ status: 1, changed: false });
    },
  );

  test('changes nothing when interrupted', async () => {
    await expect(onTerminal(['apply', wanted], null)).rejects.toThrow('interrupted');
    expect(readFileSync(table, 'utf8')).toBe(before);
  });

  test('does not ask with --yes, or where nothing is to be done', async () => {
    expect(await onTerminal(['apply', '--yes', wanted])).toMatchObject({ status: 0, changed: true });
    const { status, stdout } = await onTerminal(['apply', wanted]);
    expect(status).toBe(0);
    expect(stripVTControlCharacters(stdout)).toBe('0 to add, 0 to change, 0 to remove, 2 unchanged\n');
  });
});

describe('the progress bar', () => {
  const draining = [
    { service: { fwmark: 7 }, destination: { address: '10.0.0.5', port: 80 }, connections: 57, deadline: 0 },
  ];
  const progress = { total: 6, settled: 3, failed: 0, draining };

  test('tells what is done and what is waited for', () => {
    expect(barText(progress)).toBe(`[${'#'.repeat(15)}${'-'.repeat(15)}] 3 of 6, 1 draining with 57 connections`);
    expect(barText({ ...progress, total: 0, settled: 0, draining: [] })).toBe(`[${'#'.repeat(30)}] 0 of 0`);
  });

  test('appears on a terminal when work takes long, and leaves no trace', () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(0);
    const written: string[] = [];
    const write = (text: string) => written.push(text);
    const [bar, none] = [progressBar({ isTTY: true, write }), progressBar({ write })];
    bar.update(progress);
    bar.end();
    expect(written).toEqual([]);
    now.mockReturnValue(2000);
    none.update(progress);
    bar.update(progress);
    bar.end();
    none.end();
    now.mockRestore();
    expect(written).toEqual([`\r\u001b[2K${barText(progress)}`, '\r\u001b[2K']);
  });
});
