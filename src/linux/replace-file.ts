import { open, rename, rm, stat } from 'node:fs/promises';

/**
 * Replaces a file as a whole by a draft, which must be in the same folder and not be there yet; the mode stays. A file that is not
 * there is made.
 * @param options `keepsOwner`: the owner and the group stay as well, which may take a privilege
 */
export async function replaceFile(
  file: string,
  text: string,
  draft: string,
  { keepsOwner = false }: { readonly keepsOwner?: boolean } = {},
): Promise<void> {
  const before = await stat(file).catch(ignoreMissing);
  const handle = await open(draft, 'wx', before ? 0o600 : 0o666);
  try {
    try {
      await handle.writeFile(text);
      if (before) {
        const made = await handle.stat();
        const isSame = made.uid === before.uid && made.gid === before.gid;
        if (keepsOwner && !isSame) await handle.chown(before.uid, before.gid);
        await handle.chmod(before.mode & 0o7777); // after the owner, which takes bits away
      }
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

/** Takes what is not there for undefined. */
export function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
