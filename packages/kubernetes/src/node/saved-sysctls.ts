import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { WrongSysctl } from './sysctls.ts';

/**
 * What sysctls were before the agent set them, in a file, so that `cleanup` can put them back. What was saved first
 * counts: after a restart the values are the agent's own.
 */
export class SavedSysctls {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** The values by name; none where there is no file. @throws SyntaxError, TypeError for a file of something else */
  async load(): Promise<ReadonlyMap<string, string>> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
      throw error;
    }
    const entries = Object.entries(JSON.parse(text) as object);
    for (const [name, value] of entries)
      if (typeof value !== 'string') throw new TypeError(`${this.#path}: the value of ${name} must be a string`);
    return new Map(entries);
  }

  /** Adds what is about to be changed, and returns once it is in the file. */
  async save(wrong: readonly WrongSysctl[]): Promise<void> {
    const saved = await this.load();
    const added = wrong.filter(({ name }) => !saved.has(name)).map(({ name, current }) => [name, current] as const);
    if (added.length === 0) return;
    await mkdir(dirname(this.#path), { recursive: true });
    const partial = `${this.#path}.new`;
    await writeFile(partial, JSON.stringify(Object.fromEntries([...saved, ...added])));
    await rename(partial, this.#path);
  }

  async forget(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}
