import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** The folder, outside the repository, where kernels and what is made of them are kept. */
export function cacheFolder(): string {
  const { IPVS_KERNEL_CACHE, XDG_CACHE_HOME } = process.env;
  return IPVS_KERNEL_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'ipvs-kernels');
}

/** Makes `folder` appear complete or not at all: built under another name beside it, then renamed. */
export async function buildFolder(folder: string, build: (draft: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  await sweepDrafts(folder);
  const draft = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
  try {
    await chmod(draft, 0o755); // mkdtemp keeps other users out, who may share the cache
    await build(draft);
    await rename(draft, folder).catch((error) => {
      if (!existsSync(folder)) throw error; // another process was quicker, and its copy is as good as ours
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Removes what a build that was killed left behind; an hour is longer than any build takes. */
async function sweepDrafts(folder: string): Promise<void> {
  for (const name of await readdir(dirname(folder))) {
    const path = join(dirname(folder), name);
    if (!name.startsWith(`.${basename(folder)}-`)) continue;
    const made = await stat(path).catch(() => undefined);
    if (made && Date.now() - made.mtimeMs > 3_600_000) await rm(path, { recursive: true, force: true });
  }
}
