import { InputError } from '../errors/input-error.ts';

/** Runs something whose InputErrors are about what is within a place. */
export function within<T>(place: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof InputError ? error.within(place) : error;
  }
}
