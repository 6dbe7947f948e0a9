import { assertKnownProperties } from '../errors/known-properties.ts';

const KNOWN = ['scope', 'services', 'keep', 'drain', 'rounds', 'progress', 'signal'];

/**
 * Throws InputError for an unknown option: without a scope that is only misspelt, the whole table would be taken for ours.
 * Whoever reads, plans and applies may give all three the options of `reconcile`.
 */
export function checkOptions(options: object): void {
  assertKnownProperties('', options, KNOWN);
}
