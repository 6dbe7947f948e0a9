import { constants } from 'node:fs';
import { access, lstat, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ignoreMissing, replaceFile } from '../../linux/replace-file.ts';
import { Failure, status } from '../failure.ts';
import { type Lock, lockFolder } from './lock.ts';

/** How long to wait for another command that works on the file, in milliseconds. */
const PATIENCE = 30_000;

/** A rules file that a command works on. */
export interface RulesFile {
  readonly text: string;
  /** Writes it anew so that whoever reads it finds the old text or the new, whole. */
  replace(text: string): Promise<void>;
  /** Lets the next command have it. */
  release(): Promise<void>;
}

/**
 * Opens a regular file, or one that is not there yet, and what a symbolic link to such a file points to.
 * @param readOnly that it will not be replaced, and so needs no lock
 */
export async function openRulesFile(path: string, readOnly: boolean): Promise<RulesFile> {
  const file = await resolve(path);
  const lock = readOnly ? undefined : await acquire(file);
  try {
    return { text: await read(file), replace: (text) => replace(file, text), release: async () => lock?.release() };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

async function resolve(path: string): Promise<string> {
  const file = await realpath(path).catch(ignoreMissing);
  if (file === undefined && (await statOf(path))?.isSymbolicLink())
    throw new Failure(`${path}: is a symbolic link to a file that does not exist`, status.input);
  return file ?? path;
}

async function acquire(file: string): Promise<Lock> {
  const lock = await lockFolder(dirname(file), PATIENCE);
  if (lock) return lock;
  throw new Failure(`${file}: another command has been working on it for ${PATIENCE / 1000} seconds`, status.input);
}

/** Its text; none where there is no file yet. */
async function read(file: string): Promise<string> {
  const stats = await statOf(file);
  if (!stats) return '';
  if (!stats.isFile()) throw new Failure(`${file}: is not a regular file`, status.input);
  return readFile(file, 'utf8');
}

async function statOf(file: string) {
  return lstat(file).catch(ignoreMissing);
}

async function replace(file: string, text: string): Promise<void> {
  const stats = await statOf(file);
  if (stats && !stats.isFile()) throw new Failure(`${file}: is not a regular file`, status.input);
  if (stats) await access(file, constants.W_OK); // which renaming would not ask for
  await reclaimDrafts(file);
  await replaceFile(file, text, `${draftPrefix(file)}${process.pid}`, { keepsOwner: true });
}

/** Of a file `rules`: `.rules.ipvs-draft-`, followed by the id of the process that writes it. */
function draftPrefix(file: string): string {
  return join(dirname(file), `.${basename(file)}.ipvs-draft-`);
}

/** Removes what killed commands left; nobody writes a draft without the lock. */
async function reclaimDrafts(file: string): Promise<void> {
  const prefix = basename(draftPrefix(file));
  for (const entry of await readdir(dirname(file), { withFileTypes: true }))
    if (entry.isFile() && entry.name.startsWith(prefix) && /^\d+$/.test(entry.name.slice(prefix.length)))
      await rm(join(dirname(file), entry.name), { force: true });
}
