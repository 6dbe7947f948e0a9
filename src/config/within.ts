import { within as errorWithin } from '../errors/within.ts';

/** Runs something whose InputErrors are about what is within a place. */
export function within<T>(place: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw errorWithin(place, error);
  }
}
