import { assertKnownProperties } from '../errors/known-properties.ts';

/** Throws an InputError for options that are no object or have an unknown property. */
export function checkOptions(options: object, known: readonly string[]): void {
  assertKnownProperties('options', options, known);
}
