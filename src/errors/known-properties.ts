import leven from 'leven';
import { InputError } from './input-error.ts';
import { assertObject } from './validate.ts';

/**
 * Throws unless a value is an object, and for a property that is none of those known: a misspelt option would otherwise be ignored.
 * @param field the path of the object, for the message; empty for options
 */
export function assertKnownProperties(field: string, value: object, known: readonly string[]): void {
  assertObject(field || 'options', value);
  for (const property of Object.keys(value))
    if (!known.includes(property)) throw unknownProperty(field, value, property, known);
}

/** The error for a property that is none of those known: it names the nearest of them, or all. */
export function unknownProperty(field: string, value: object, property: string, known: readonly string[]): InputError {
  const hint = didYouMean(property, known) ?? `known are ${known.join(', ')}`;
  return new InputError(
    `is unknown (${hint})`,
    Reflect.get(value, property),
    field ? `${field}.${property}` : property,
  );
}

/** The question for the candidate that a word was most likely meant to be; undefined when none is near. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  let meant: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    // Words so different in length are never near, and a very long one would take its time.
    if (Math.abs(word.length - candidate.length) >= least) continue;
    const steps = leven(word.toLowerCase(), candidate.toLowerCase());
    if (steps < least) [meant, least] = [candidate, steps];
  }
  return meant && `did you mean ${meant}?`;
}
