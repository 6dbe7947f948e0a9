import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFolder, cacheFolder } from '../cache.ts';
import { run } from '../commands.ts';
import { openApt } from '../debian/apt.ts';

const ARCHITECTURE = 's390x';

/** The kernel of the recordings, and the Debian suite that has it. */
export const VERSION = '6.12';
const KERNEL_SUITE = 'trixie';

/** The suite of the programs. */
const PROGRAM_SUITE = 'forky';

/** A kernel in the cache: `folder` holds its image `vmlinuz` and lib/modules/RELEASE. */
export type S390xKernel = { release: string; folder: string };

/** The big-endian kernel from the cache; the first time, from Debian. */
export async function getKernel(): Promise<S390xKernel> {
  const folder = join(cacheFolder(), `${VERSION}-${ARCHITECTURE}`);
  await fill(folder, `Linux ${VERSION}`, KERNEL_SUITE, async (draft, apt, unpacked) => {
    const release = await downloadKernel(apt);
    await unpack(apt, unpacked);
    await rename(join(unpacked, 'boot', `vmlinuz-${release}`), join(draft, 'vmlinuz'));
    await mkdir(join(draft, 'lib/modules'), { recursive: true });
    await rename(join(unpacked, 'usr/lib/modules', release), join(draft, 'lib/modules', release));
    await run('depmod', ['-b', draft, release]);
    await writeFile(join(draft, 'release'), `${release}\n`);
  });
  return { folder, release: (await readFile(join(folder, 'release'), 'utf8')).trim() };
}

/** A folder with the files of some packages and of all that they depend on, from the cache; the first time, from Debian. */
export async function getPrograms(packages: readonly string[]): Promise<string> {
  const folder = join(cacheFolder(), `${packages.join('+')}-${ARCHITECTURE}`);
  await fill(folder, packages.join(', '), PROGRAM_SUITE, async (draft, apt, unpacked) => {
    await (await openApt(apt, PROGRAM_SUITE, ARCHITECTURE)).downloadAll(packages, apt);
    await unpack(apt, unpacked);
    // The packages of trixie and later leave these to base-files, which is none that a program depends on.
    for (const name of ['bin', 'lib', 'sbin'])
      if (!existsSync(join(unpacked, name))) await symlink(`usr/${name}`, join(unpacked, name));
    await rename(unpacked, join(draft, 'root'));
  });
  return join(folder, 'root');
}

async function fill(
  folder: string,
  what: string,
  suite: string,
  fetch: (draft: string, apt: string, unpacked: string) => Promise<void>,
): Promise<void> {
  if (existsSync(folder)) return;
  console.error(`Fetching ${what} for ${ARCHITECTURE} from Debian ${suite} into ${folder}`);
  await buildFolder(folder, async (draft) => {
    const [apt, unpacked] = [join(draft, 'apt'), join(draft, 'unpacked')];
    await fetch(draft, apt, unpacked);
    for (const rest of [apt, unpacked]) await rm(rest, { recursive: true, force: true });
  });
}

/** Downloads the newest image that the mirror has, which may list a newer one, and returns its release. */
async function downloadKernel(folder: string): Promise<string> {
  const apt = await openApt(folder, KERNEL_SUITE, ARCHITECTURE);
  const images = await apt.search(`^linux-image-${VERSION.replace('.', '\\.')}\\.[^-]+-${ARCHITECTURE}$`);
  let reason: unknown;
  for (const image of images.sort(byNumbers).reverse()) {
    try {
      await apt.download([image], folder);
      return image.replace('linux-image-', '');
    } catch (error) {
      reason = error;
    }
  }
  throw new Error(`Debian ${KERNEL_SUITE} has no Linux ${VERSION} for ${ARCHITECTURE}.`, { cause: reason });
}

const byNumbers = new Intl.Collator('en', { numeric: true }).compare;

async function unpack(apt: string, unpacked: string): Promise<void> {
  for (const name of await readdir(apt))
    if (name.endsWith('.deb')) await run('dpkg-deb', ['--extract', join(apt, name), unpacked]);
}
