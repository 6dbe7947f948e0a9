import { readlink, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ignoreMissing } from '../../linux/replace-file.ts';

/** The file at the end of symbolic links, which may not exist yet. */
export async function followLinks(path: string): Promise<string> {
  const file = await realpath(path).catch(ignoreMissing);
  if (file !== undefined) return file;
  const link = await readlink(path).catch(ignoreMissing);
  return link === undefined ? path : followLinks(resolve(await realpath(dirname(path)), link));
}
