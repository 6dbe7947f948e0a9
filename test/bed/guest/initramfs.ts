import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildFolder } from '../cache.ts';
import { run } from '../commands.ts';
import type { Kernel } from '../kernels/kernels.ts';
import { moduleFiles } from '../kernels/modules.ts';
import type { Userland } from './userland.ts';

const sources = ['init.sh', 'initramfs.ts', '../kernels/modules.ts'].map((name) => join(import.meta.dirname, name));

/** The guest's first file system: busybox, init.sh and modules, kept beside the kernel until one of them changes. */
export async function getInitramfs(kernel: Kernel, { busybox }: Userland): Promise<string> {
  const folder = join(kernel.folder, `initramfs-${await digest([...sources, busybox])}`);
  if (!existsSync(folder)) await buildFolder(folder, (draft) => buildInitramfs(kernel, busybox, draft));
  return join(folder, 'initramfs.cpio');
}

/** A short text that differs when one of the files does. */
export async function digest(files: string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 12);
}

async function buildInitramfs(kernel: Kernel, busybox: string, draft: string): Promise<void> {
  const tree = join(draft, 'tree');
  for (const folder of ['bin', 'sbin', 'proc', 'sys', 'dev']) await mkdir(join(tree, folder), { recursive: true });
  await copyFile(busybox, join(tree, 'bin/busybox'));
  await copyFile(join(import.meta.dirname, 'init.sh'), join(tree, 'init'));
  await symlink('../bin/busybox', join(tree, 'sbin/modprobe')); // where the kernel's own autoload looks for it
  await addModules(kernel, tree);
  await run('sh', ['-c', 'chmod 755 init; find . | cpio --quiet -o -H newc -R 0:0 > ../initramfs.cpio'], { cwd: tree });
  await rm(tree, { recursive: true });
}

/** Copies the guest's modules to lib/modules of a tree, where modprobe finds them. */
export async function addModules(kernel: Pick<Kernel, 'release' | 'folder'>, tree: string): Promise<void> {
  const path = join('lib/modules', kernel.release);
  const from = join(kernel.folder, path);
  const to = join(tree, path);
  const files = await moduleFiles(from);
  for (const file of [...files, 'modules.builtin', 'modules.order']) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    await copyFile(join(from, file), join(to, file));
  }
  await decompress(
    'xz',
    files.filter((file) => file.endsWith('.xz')),
    to,
  );
  await decompress(
    'zstd',
    files.filter((file) => file.endsWith('.zst')),
    to,
  );
  await run('depmod', ['-b', tree, kernel.release]);
}

async function decompress(tool: string, files: string[], cwd: string): Promise<void> {
  if (files.length > 0)
    await run(tool, ['--decompress', '--quiet', ...(tool === 'zstd' ? ['--rm'] : []), ...files], { cwd });
}
