import { spawnSync } from 'node:child_process';

/** Runs a program to its end and gives its output. Throws with what it said when it failed. */
export function run([file = '', ...args]: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(file, args, { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  if (error) throw error;
  if (status !== 0) throw new Error(`${file} ${args.join(' ')} exited with ${status}: ${stderr}`);
  return stdout;
}
