import { existsSync } from 'node:fs';
import { mkdir, realpath } from 'node:fs/promises';
import { run } from './commands.ts';
import { commandEnvironment } from './guest/job.ts';
import { follow, type Result, type RunOptions } from './process.ts';

/** Refuses, in a sentence, when this machine's own kernel cannot be a bed. */
export async function ensureHost(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('Only root may use the IPVS of this machine.');
  if (existsSync('/proc/net/ip_vs')) return;
  await run('modprobe', ['--dry-run', '--quiet', 'ip_vs']).catch(() => {
    throw new Error('The kernel of this machine has neither IPVS nor its module ip_vs.');
  });
}

/** Runs a command on this machine's own kernel, in a network namespace that dies with it. */
export async function runOnHost(command: string[], options: RunOptions = {}): Promise<Result> {
  if (options.out) await mkdir(options.out, { recursive: true });
  const shared = options.out ? { ...options, out: await realpath(options.out) } : options;
  const inside = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...command];
  const ended = await follow('unshare', ['--net', ...inside], commandEnvironment(shared), shared);
  if (ended.status !== undefined) return { status: ended.status, output: ended.output };
  const what = ended.timedOut ? 'was stopped at its time limit' : 'was killed by a signal';
  throw new Error(`${command.join(' ')} ${what}`);
}
