import { randomUUID } from 'node:crypto';
import { open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Replaces a file, or the one that a symbolic link points to, as a whole; its mode stays. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const file = await followLinks(path);
  const before = await stat(file).catch(ignoreMissing);
  // Other processes may be writing a draft as well.
  const draft = `${file}.${randomUUID()}`;
  const handle = await open(draft, 'wx', before ? 0o600 : 0o666);
  try {
    try {
      await handle.writeFile(text);
      if (before) await handle.chmod(before.mode & 0o7777);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** The file at the end of symbolic links, which may not exist yet. */
async function followLinks(path: string): Promise<string> {
  const file = await realpath(path).catch(ignoreMissing);
  if (file !== undefined) return file;
  const link = await readlink(path).catch(ignoreMissing);
  return link === undefined ? path : followLinks(resolve(await realpath(dirname(path)), link));
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
