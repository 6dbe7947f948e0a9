import { assertKnownProperties } from '../errors/known-properties.ts';
import { assertObject } from '../errors/validate.ts';

/** Throws an InputError for options that are no object or have an unknown property. */
export function checkOptions(options: object, known: readonly string[]): void {
  assertObject('options', options);
  assertKnownProperties('options', options, known);
}
