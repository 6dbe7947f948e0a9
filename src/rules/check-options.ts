import { InputError } from '../errors/input-error.ts';
import { assertKnownProperties } from '../errors/known-properties.ts';

/** Throws an InputError for options that are no object or have an unknown property. */
export function checkOptions(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw new InputError('must be an object', options, 'options');
  assertKnownProperties('options', options, known);
}
