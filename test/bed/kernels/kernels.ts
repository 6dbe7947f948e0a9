import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Architecture, kernelName } from '../architectures.ts';
import { buildFolder, cacheFolder } from '../cache.ts';
import { run } from '../commands.ts';
import { openApt } from '../debian/apt.ts';

/** The kernels of the test bed, and the Debian suite that carries each. */
export const suites = {
  '5.10': 'bullseye-security',
  '6.1': 'bookworm',
  '6.12': 'trixie',
  '7.2': 'sid',
  '7.3': 'trixie-backports',
} as const;

export type Version = keyof typeof suites;

export const versions = Object.keys(suites) as Version[];

/** The kernel that is taken where none is chosen. */
export const usual: Version = '6.12';

/** A kernel in the cache: `folder` holds its image and lib/modules/RELEASE; `uml` is one that runs as a process. */
export type Kernel = {
  version: Version;
  architecture: Architecture;
  release: string;
  folder: string;
  image: string;
  uml: boolean;
};

/** The kernel from the cache; the first time, from Debian. */
export async function getKernel(version: Version, architecture: Architecture): Promise<Kernel> {
  const name = kernelName(version, architecture);
  const folder = join(cacheFolder(), name.replaceAll(' ', '-'));
  if (!(await isComplete(folder))) {
    await rm(folder, { recursive: true, force: true });
    console.error(`Fetching Linux ${name} from Debian ${suites[version]} into ${folder}`);
    await buildFolder(folder, (draft) => fetchKernel(version, architecture, draft));
  }
  const release = await releaseIn(folder);
  return { version, architecture, release, folder, image: join(folder, 'vmlinuz'), uml: false };
}

async function isComplete(folder: string): Promise<boolean> {
  const release = await releaseIn(folder).catch(() => '');
  const parts = ['vmlinuz', `lib/modules/${release}/modules.dep`];
  return release !== '' && parts.every((part) => existsSync(join(folder, part)));
}

async function releaseIn(folder: string): Promise<string> {
  return (await readFile(join(folder, 'release'), 'utf8')).trim();
}

async function fetchKernel(version: Version, architecture: Architecture, folder: string): Promise<void> {
  const apt = join(folder, 'apt');
  const unpacked = join(folder, 'unpacked');
  const release = await downloadKernel(version, architecture, apt);
  for (const name of await readdir(apt)) {
    if (name.endsWith('.deb')) await run('dpkg-deb', ['--extract', join(apt, name), unpacked]);
  }
  await keepKernel(unpacked, release, architecture, folder);
  await run('depmod', ['-b', folder, release]);
  await writeFile(join(folder, 'release'), `${release}\n`);
  await rm(apt, { recursive: true });
  await rm(unpacked, { recursive: true });
}

/** Downloads the newest image of this version with the packages it is split into, and returns its release. */
async function downloadKernel(version: Version, { name }: Architecture, folder: string): Promise<string> {
  const apt = await openApt(folder, suites[version], name);
  const image = `^linux-image-${version.replace('.', '\\.')}\\.[^-]+(-[0-9]+)?-${name}$`;
  const newest = (await apt.search(image)).sort(byNumbers).at(-1);
  if (!newest) throw new Error(`Debian ${suites[version]} has no package like linux-image-${version}.*-${name}.`);
  const release = newest.replace('linux-image-', '');
  const parts = (await apt.depends(newest)).filter((name) => name.endsWith(`-${release}`));
  await apt.download([newest, ...parts], folder);
  return release;
}

const byNumbers = new Intl.Collator('en', { numeric: true }).compare;

/** Moves the image and its modules to where every kernel of the bed has them; suites differ in where that is. */
async function keepKernel(unpacked: string, release: string, { image }: Architecture, folder: string): Promise<void> {
  const place = (...paths: string[]) => paths.map((path) => join(unpacked, path)).find(existsSync);
  const modules = place(`usr/lib/modules/${release}`, `lib/modules/${release}`);
  const vmlinuz = place(`boot/${image}-${release}`, `usr/lib/modules/${release}/${image}`);
  if (!modules || !vmlinuz) throw new Error(`The packages of Linux ${release} hold no ${image} or no modules.`);
  await rename(vmlinuz, join(folder, 'vmlinuz'));
  await rm(join(modules, 'kernel/sound'), { recursive: true, force: true });
  for (const name of await readdir(join(modules, 'kernel/drivers'))) {
    if (drivers.has(name)) continue; // two thirds of the package drive hardware that qemu does not have
    await rm(join(modules, 'kernel/drivers', name), { recursive: true });
  }
  await mkdir(join(folder, 'lib/modules'), { recursive: true });
  await rename(modules, join(folder, 'lib/modules', release));
}

const drivers = new Set(['char', 'net', 'virtio']);
