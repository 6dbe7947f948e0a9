import { spawnSync } from 'node:child_process';

/** Seconds that a program may take: iptables-nft-restore takes hours for a large table. */
export const LIMIT = 900;

/** A program that was ended at the limit. */
export class GivenUp extends Error {}

/** Runs a program to its end and gives its output. Throws with what it said when it failed. */
export function run([file = '', ...args]: readonly string[], input = ''): string {
  const options = { input, encoding: 'utf8', maxBuffer: 1 << 30, timeout: LIMIT * 1000 } as const;
  const { status, stdout, stderr, error } = spawnSync(file, args, options);
  if (error && 'code' in error && error.code === 'ETIMEDOUT') throw new GivenUp(`${file} takes more than ${LIMIT} s`);
  if (error) throw error;
  if (status !== 0) throw new Error(`${file} ${args.join(' ')} exited with ${status}: ${stderr}`);
  return stdout;
}
