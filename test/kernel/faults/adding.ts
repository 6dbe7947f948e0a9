import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { program } from '../../support/built.ts';

/** Runs the process that adds services, and gives how it ended and the ports that it was told were added. */
export async function runAdding(
  mode: string,
  onFirst: (child: ReturnType<typeof spawn>) => void = () => {},
  group = '',
) {
  const enter = group && `echo $$ > ${group}/cgroup.procs; `;
  const command = `${enter}exec "$0" "${program('adding-process')}" ${mode}`;
  const child = spawn('sh', ['-c', command, process.execPath], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  child.stdout.once('data', () => onFirst(child));
  const printed = await text(child.stdout);
  const added = printed.split('\n').slice(0, -1).map(Number);
  return { exit: await ended, added };
}
