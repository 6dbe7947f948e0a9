import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findArchitecture } from '../architectures.ts';
import { buildFolder, cacheFolder } from '../cache.ts';
import { run } from '../commands.ts';
import { openApt } from '../debian/apt.ts';
import type { Machine } from '../guest/qemu.ts';
import { type Kernel, suites, type Version } from './kernels.ts';

/** Their programs die where there is AMX: they keep too little room for its registers. */
const withoutAmx: readonly Version[] = ['6.1', '6.12'];

/** The name under which the loader of the suite's C library lies beside the kernel that was linked against it. */
const LOADER = 'ld-linux-x86-64.so.2';

/**
 * A kernel that runs as a process of this machine, Debian's user-mode-linux of the same suite, from the cache. What runs
 * in it runs on the processor itself, not on an emulated one: timings there are of the machine's own kind.
 */
export async function getUml(version: Version): Promise<Kernel> {
  if (process.arch !== 'x64') throw new Error(`User-mode Linux runs on x86-64; this is ${process.arch}.`);
  if (withoutAmx.includes(version) && /^flags\b.* amx_tile\b/m.test(readFileSync('/proc/cpuinfo', 'utf8')))
    throw new Error(
      `User-mode Linux ${version} cannot run on this processor, which has AMX. Choose --kernel 7.2, or leave --uml out.`,
    );
  const folder = join(cacheFolder(), `uml-${version}`);
  if (!existsSync(folder)) {
    console.error(`Fetching user-mode Linux ${version} from Debian ${suites[version]} into ${folder}`);
    await buildFolder(folder, (draft) => fetchUml(version, draft));
  }
  const release = (await readFile(join(folder, 'release'), 'utf8')).trim();
  return { version, architecture: findArchitecture('amd64'), release, folder, image: join(folder, 'linux'), uml: true };
}

async function fetchUml(version: Version, folder: string): Promise<void> {
  const [apt, unpacked] = [join(folder, 'apt'), join(folder, 'unpacked')];
  await (await openApt(apt, suites[version])).download(['user-mode-linux', 'libc6'], apt);
  for (const name of await readdir(apt))
    if (name.endsWith('.deb')) await run('dpkg-deb', ['--extract', join(apt, name), unpacked]);
  const modules = join(unpacked, 'usr/lib/uml/modules');
  const [release = ''] = await readdir(modules);
  await mkdir(join(folder, 'lib'));
  await rename(modules, join(folder, 'lib/modules'));
  await run('depmod', ['-b', folder, release]);
  const libraries = ['usr/lib', 'lib'].map((path) => join(unpacked, path, 'x86_64-linux-gnu')).find(hasLoader);
  if (!libraries) throw new Error(`The C library of Debian ${suites[version]} has no ${LOADER}.`);
  for (const name of [LOADER, 'libc.so.6']) await copyFile(join(libraries, name), join(folder, name));
  const image = await readFile(join(unpacked, 'usr/bin/linux.uml'));
  await writeFile(join(folder, 'linux'), withLoaderBeside(image), { mode: 0o755 });
  await writeFile(join(folder, 'release'), `${release}\n`);
  await rm(apt, { recursive: true });
  await rm(unpacked, { recursive: true });
}

function hasLoader(folder: string): boolean {
  return existsSync(join(folder, LOADER));
}

/** A newer suite's program does not run on this machine's C library, so it is told to load its own. */
function withLoaderBeside(image: Buffer): Buffer {
  const at = image.indexOf(`/lib64/${LOADER}\0`);
  if (at < 0) throw new Error('The kernel is not linked against the C library as expected.');
  image.write(`./${LOADER}\0`, at);
  return image;
}

/**
 * The words after `sh`: the command's output is the kernel's stdout, its own words a file of the job. The kernel and the processes in it
 * are kept on one processor: they wake one another with each system call, which takes four times as long from one processor to another.
 */
export function umlArguments({ kernel, initramfs, job, memory }: Machine): string[] {
  const start = `exec taskset --cpu-list ${processor()} env LD_LIBRARY_PATH=. ./linux`;
  const script = `cd "$1" && shift && ${start} "$@" 2> "$0/console"`;
  const words = [
    `initrd=${initramfs}`,
    `mem=${memory}M`,
    `JOB=${job}`,
    'quiet',
    'con=null',
    'con0=null,fd:2', // what the kernel has to say when it dies
    'ssl=null',
    'ssl0=null,fd:1',
  ];
  return ['-c', script, job, kernel.folder, ...words];
}

/** One of those that this process may use, by its number, so that guests side by side have different ones. */
function processor(): number {
  const [, list = '0'] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  const numbers = list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  return numbers[process.pid % numbers.length] ?? 0;
}
