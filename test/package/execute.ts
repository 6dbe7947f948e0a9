import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** The repository. */
export const root = join(import.meta.dirname, '../..');

/** Runs a program in a folder and returns what it printed; a failure carries all that it said. */
export function execute([program = '', ...args]: readonly string[], cwd: string, input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { cwd, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      reject(new Error(`${[program, ...args].join(' ')} failed (${error.code}):\n${stdout}${stderr}`.trim()));
    });
    child.stdin?.end(input);
  });
}
