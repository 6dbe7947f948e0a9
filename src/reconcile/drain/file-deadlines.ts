import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InputError } from '../../errors/input-error.ts';
import { SystemError } from '../../errors/system-error.ts';
import { replaceFile } from '../../linux/replace-file.ts';
import type { DeadlineStore, Deadlines } from './deadlines.ts';
import { followLinks } from './follow-links.ts';

/** The stores by path: calls that name the same file must share one to take turns. */
const stores = new Map<string, DeadlineStore>();

/**
 * Keeps deadlines in a file, a JSON object such as `{ "tcp 192.0.2.10:80 10.0.0.5:8080": "2026-01-31T12:00:00.000Z" }`.
 * The file is replaced as a whole, so that a crash leaves the old or the new one; where there is none, there are no
 * deadlines. A symbolic link stays and the file keeps its mode.
 *
 * Calls of one process take turns. Several processes may use the file as well, but of two that change it within the same
 * milliseconds, one may undo the other's change.
 * @param path the file; its folder must exist
 * @throws SystemError from `load` and `save`; InputError from `load` for a file that holds something else
 * @example
 * ```ts
 * const deadlines = fileDeadlines('deadlines.json');
 * await drain(ipvs, [{ service: web, destination: { address: '10.0.0.5', port: 8080 } }], { deadlines });
 * ```
 */
export function fileDeadlines(path: string): DeadlineStore {
  const file = resolve(path);
  const store = stores.get(file) ?? storeOf(file);
  stores.set(file, store);
  return store;
}

function storeOf(file: string): DeadlineStore {
  return {
    async load() {
      const text = await readFile(file, 'utf8').catch((error) => {
        if (error.code === 'ENOENT') return '{}';
        throw SystemError.from(error, file);
      });
      return parse(text, file);
    },
    async save(deadlines) {
      const dates = Array.from(deadlines, ([id, deadline]) => [id, new Date(deadline).toISOString()]);
      const text = `${JSON.stringify(Object.fromEntries(dates), undefined, 2)}\n`;
      try {
        const target = await followLinks(file);
        // Other processes may be writing a draft as well.
        await replaceFile(target, text, `${target}.${randomUUID()}`);
      } catch (error) {
        throw SystemError.from(error, file);
      }
    },
  };
}

function parse(text: string, path: string): Deadlines {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null) throw new InputError('must hold a JSON object', text, path);
  return new Map(
    Object.entries(value).map(([id, date]) => {
      const deadline = typeof date === 'string' ? Date.parse(date) : Number.NaN;
      if (Number.isNaN(deadline)) throw new InputError(`must hold a date for ${JSON.stringify(id)}`, date, path);
      return [id, deadline];
    }),
  );
}
