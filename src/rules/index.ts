/**
 * Rules as `ipvsadm -S` writes and `ipvsadm -R` reads them, in text and as values. Pure: nothing here talks to a kernel;
 * `applyChange` of `ipvs` carries a parsed rule out.
 *
 * @module
 */
export { RulesError } from './command-line/rules-error.ts';
export { formatRules } from './format/format.ts';
export type { FormatOptions } from './format/options.ts';
export type { ReverseResolver } from './format/wording.ts';
export { compareDestinations, compareServices, sortTable } from './order.ts';
export type { NameResolver } from './parse/endpoint.ts';
export { type ParseOptions, parseRules, type Rule } from './parse/parse-rules.ts';
