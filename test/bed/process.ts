import { spawn } from 'node:child_process';
import { find, searchPath } from './commands.ts';

/** How a command is run in a bed. */
export type RunOptions = {
  /** A folder of this machine that the command may write to; it learns its path from $IPVS_OUT. */
  out?: string;
  /** More environment than PATH, HOME and the like. */
  env?: Record<string, string>;
  /** Working folder; the same path in every bed. */
  cwd?: string;
  /** Time limit in seconds, start of the kernel included. */
  timeout?: number;
  /** Sees stdout and stderr of the command as they come. */
  onOutput?: (chunk: string) => void;
};

export type Result = { status: number; output: string };

/** A program that ended; `status` is undefined when a signal ended it. */
type Ended = { status: number | undefined; output: string; timedOut: boolean };

/** Runs a program, both of its outputs in one stream, and kills it at the time limit, or when this process has ended. */
export function follow(command: string, args: string[], env: NodeJS.ProcessEnv, options: RunOptions): Promise<Ended> {
  const { cwd, timeout = 300, onOutput } = options;
  // An emulated kernel that nobody waits for any more would keep a processor busy for good.
  const [program = '', ...words] = [...(find('setpriv') ? ['setpriv', '--pdeathsig', 'KILL'] : []), command, ...args];
  return new Promise((resolve, reject) => {
    const ended: Ended = { status: undefined, output: '', timedOut: false };
    const child = spawn(program, words, { env: { ...env, PATH: searchPath }, ...(cwd ? { cwd } : {}) });
    const timer = setTimeout(() => {
      ended.timedOut = child.kill('SIGKILL');
    }, timeout * 1000);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        ended.output += chunk;
        onOutput?.(chunk);
      });
    }
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ ...ended, status: status ?? undefined });
    });
  });
}
