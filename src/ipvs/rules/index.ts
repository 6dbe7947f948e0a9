/**
 * Rules as `ipvsadm -S` writes and `ipvsadm -R` reads them, in text and as values. Pure: nothing here talks to a kernel.
 *
 * @module
 */
export { type FormatOptions, formatRules } from './format.ts';
export { compareDestinations, compareServices, sortTable } from './order.ts';
export { endpointText, maskText, type ReverseNames, schedulerFlagNames } from './wording.ts';
