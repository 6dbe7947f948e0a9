import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Architecture } from '../architectures.ts';
import { buildFolder, cacheFolder } from '../cache.ts';
import { run } from '../commands.ts';
import { openApt } from '../debian/apt.ts';
import { guestTools } from '../debian/packages.ts';

/** Whose Node is one that the package supports. */
const SUITE = 'trixie';

/** What every Debian system has, Node, and the tools that tests use. */
const packages = ['?essential', 'nodejs', 'netbase', 'procps', ...Object.values(guestTools)];

/** The root folder of guests of another architecture: Debian's packages, unpacked and not configured. */
export async function getRoot({ name }: Architecture): Promise<string> {
  const digest = createHash('sha256')
    .update([SUITE, ...packages].join())
    .digest('hex')
    .slice(0, 12);
  const folder = join(cacheFolder(), `root-${name}-${digest}`);
  if (!existsSync(folder)) {
    console.error(`Fetching programs for ${name} from Debian ${SUITE} into ${folder}`);
    await buildFolder(folder, (draft) => buildRoot(name, draft));
  }
  return folder;
}

async function buildRoot(architecture: string, draft: string): Promise<void> {
  const folder = join(draft, 'var/cache/bed');
  const apt = await openApt(folder, SUITE, architecture);
  await apt.downloadAll(packages, folder);
  const archives = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
  // base-files first: it has the links of /bin, /lib and /sbin to those below /usr.
  const order = (name: string) => Number(!name.startsWith('base-files_'));
  for (const name of archives.sort((a, b) => order(a) - order(b)))
    await run('dpkg-deb', ['--extract', join(folder, name), draft]);
  await rm(folder, { recursive: true });
  await configure(draft);
}

/** What the packages' own scripts would have made, as far as it is needed. */
async function configure(root: string): Promise<void> {
  for (const file of ['passwd', 'group'])
    await copyFile(join(root, `usr/share/base-passwd/${file}.master`), join(root, 'etc', file));
  await copyFile(join(root, 'usr/share/libc-bin/nsswitch.conf'), join(root, 'etc/nsswitch.conf'));
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n');
  await mkdir(join(root, homedir()), { recursive: true });
}
