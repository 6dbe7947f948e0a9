import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { searchPath } from '../commands.ts';
import type { RunOptions } from '../process.ts';
import type { Userland } from './userland.ts';

/** What host and guest tell each other: init.sh mounts `folders` and `out`, runs `run`, and leaves `status`; qemu writes `console`. */
export async function createJob(command: string[], { folders }: Userland, options: RunOptions) {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'ipvs-job-'));
  await writeFile(join(folder, 'run'), script(command, options));
  await writeFile(join(folder, 'folders'), folders.map(({ tag, path }) => `${tag} ${path}\n`).join(''));
  await writeFile(join(folder, 'out'), options.out ?? '');
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '');
  return {
    folder,
    /** The exit status of the command, unless the guest died before it had one. */
    async status() {
      const text = await read('status');
      return text === '' ? undefined : Number(text);
    },
    /** The last words of the guest's kernel. */
    async lastWords() {
      return (await read('console')).replaceAll('\r', '').trim().split('\n').slice(-40).join('\n');
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function script(command: string[], options: RunOptions): string {
  const variables = Object.entries(commandEnvironment(options)).map(
    ([name, value]) => `export ${name}=${quote(value)}`,
  );
  return [
    ...variables,
    `cd ${quote(options.cwd ?? process.cwd())} || exit`,
    `exec ${command.map(quote).join(' ')}`,
    '',
  ].join('\n');
}

/** The whole environment of a command, the same in every bed. */
export function commandEnvironment({ env, out }: RunOptions): Record<string, string> {
  return {
    PATH: `${dirname(process.execPath)}:${searchPath}`,
    HOME: homedir(),
    LANG: 'C.UTF-8',
    ...(process.stdout.isTTY || process.env['FORCE_COLOR'] ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }),
    ...(out ? { IPVS_OUT: out } : {}),
    ...env,
  };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
