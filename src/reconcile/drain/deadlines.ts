import { open, readFile, rename } from 'node:fs/promises';
import { InputError } from '../../errors/input-error.ts';
import { SystemError } from '../../errors/system-error.ts';

/**
 * Deadlines by a text that names the service and the destination: milliseconds since 1970, by a clock that the process began with and
 * that nobody sets (`performance.timeOrigin + performance.now()`).
 */
export type Deadlines = ReadonlyMap<string, number>;

/** Keeps the deadlines of drains, so that a drain that goes on later, or in another process, does not start anew. */
export interface DeadlineStore {
  /** The deadlines that were saved last; none at first. */
  load(): Promise<Deadlines>;
  /** Keeps these deadlines in place of those before. */
  save(deadlines: Deadlines): Promise<void>;
}

/**
 * Keeps deadlines as long as the process lives.
 * @example
 * ```ts
 * const deadlines = memoryDeadlines();
 * await drain(ipvs, [{ service: web, destination: { address: '10.0.0.5', port: 8080 } }], { deadlines });
 * ```
 */
export function memoryDeadlines(): DeadlineStore {
  let kept: Deadlines = new Map();
  return {
    load: async () => kept,
    save: async (deadlines) => {
      kept = new Map(deadlines);
    },
  };
}

/**
 * Keeps deadlines in a file, a JSON object such as `{ "tcp 192.0.2.10:80 10.0.0.5:8080": "2026-01-31T12:00:00.000Z" }`.
 * The file is replaced as a whole, so that a crash leaves the old or the new one; where there is none, there are no
 * deadlines. One process at a time may use it.
 * @param path the file; its folder must exist
 * @throws SystemError from `load` and `save`; InputError from `load` for a file that holds something else
 * @example
 * ```ts
 * const deadlines = fileDeadlines('deadlines.json');
 * await drain(ipvs, [{ service: web, destination: { address: '10.0.0.5', port: 8080 } }], { deadlines });
 * ```
 */
export function fileDeadlines(path: string): DeadlineStore {
  return {
    async load() {
      const text = await readFile(path, 'utf8').catch((error) => {
        if (error.code === 'ENOENT') return '{}';
        throw SystemError.from(error, path);
      });
      return parse(text, path);
    },
    async save(deadlines) {
      const dates = Array.from(deadlines, ([id, deadline]) => [id, new Date(deadline).toISOString()]);
      await replace(path, `${JSON.stringify(Object.fromEntries(dates), undefined, 2)}\n`);
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

async function replace(path: string, text: string): Promise<void> {
  const next = `${path}.new`;
  try {
    const file = await open(next, 'w');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, path);
  } catch (error) {
    throw SystemError.from(error, path);
  }
}
