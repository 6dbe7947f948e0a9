import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Programs of the system live in sbin, which an ordinary user's PATH leaves out. */
export const searchPath = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;

/** Where a command is, or undefined; an absolute path stands for itself. */
export function find(command: string): string | undefined {
  const places = command.startsWith('/') ? [command] : searchPath.split(':').map((folder) => join(folder, command));
  return places.find(isReadable);
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs a program to its end and returns what it printed; its own words become the error. */
export function run(command: string, args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
  const env = { ...process.env, ...options.env, PATH: searchPath, LC_ALL: 'C.UTF-8' };
  return new Promise<string>((resolve, reject) => {
    execFile(command, args, { ...options, env, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const reason = error.code === 'ENOENT' ? 'it is not installed' : stderr.trim() || error.message;
      reject(new Error(`${command} ${args.join(' ')} failed: ${reason}`));
    });
  });
}
