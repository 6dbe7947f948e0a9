import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { find } from './commands.ts';
import { linesTo } from './lines.ts';
import { follow } from './process.ts';

test('reports the status and both outputs of a program', async () => {
  const chunks: string[] = [];
  const onOutput = (chunk: string) => chunks.push(chunk);
  const ended = await follow('sh', ['-c', 'echo out; sleep 0.1; echo err >&2; exit 3'], process.env, { onOutput });
  expect(ended).toEqual({ status: 3, output: 'out\nerr\n', timedOut: false });
  expect(chunks.join('')).toBe('out\nerr\n');
});

test('kills a program at its time limit', async () => {
  const ended = await follow('sleep', ['1000'], process.env, { timeout: 0.1 });
  expect(ended).toEqual({ status: undefined, output: '', timedOut: true });
});

test.runIf(find('setpriv'))('a program ends with the process that follows it, even if that one is killed', async () => {
  const program = `
    import { follow } from ${JSON.stringify(new URL('./process.ts', import.meta.url).href)};
    await follow('sh', ['-c', 'echo $$; exec sleep 1000'], process.env, { onOutput: (pid) => process.stdout.write(pid) });`;
  const follower = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program]);
  const [printed] = await once(follower.stdout, 'data');
  const child = `/proc/${Number(printed)}/comm`;
  expect(existsSync(child)).toBe(true);

  follower.kill('SIGKILL');

  await vi.waitUntil(() => !existsSync(child), { timeout: 5000 });
});

test('writes whole lines behind a prefix, whatever pieces they arrive in', () => {
  let written = '';
  const lines = linesTo({ write: (text) => (written += text) }, '6.12: ');
  for (const piece of ['a', 'b\n\nc\nd', 'e']) lines.write(piece);
  expect(written).toBe('6.12: ab\n6.12: \n6.12: c\n');
  lines.end();
  lines.end();
  expect(written).toBe('6.12: ab\n6.12: \n6.12: c\n6.12: de\n');
});
