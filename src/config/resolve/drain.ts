import { validateDrainOptions } from '../../reconcile/drain/options.ts';
import { type DrainOptions, fileDeadlines } from '../../reconcile/index.ts';
import type { File } from '../file/file.ts';

/** The drain of a file. Throws InputError. */
export function resolveDrain(given: File['drain']): DrainOptions | undefined {
  if (given === undefined) return undefined;
  const { deadlines, ...times } = typeof given === 'number' ? { deadline: given } : given;
  const drain = deadlines === undefined ? times : { ...times, deadlines: fileDeadlines(deadlines) };
  validateDrainOptions(drain);
  return drain;
}
