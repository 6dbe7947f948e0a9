/**
 * Rules as `ipvsadm -S` writes and `ipvsadm -R` reads them, in text and as values. Pure: nothing here talks to a kernel
 * but {@link applyChange}.
 *
 * @module
 */
export { applyChange } from './apply.ts';
export { type Change, isChange, readChange } from './change.ts';
export type { Names } from './endpoint.ts';
export { type Fault, RulesError } from './error.ts';
export { type FormatOptions, formatRules } from './format.ts';
export { type CommandRow, type Grammar, type OptionRow, rulesGrammar } from './grammar.ts';
export { type Given, type Line, readLine } from './line.ts';
export { located } from './locate.ts';
export { compareDestinations, compareServices, sortTable } from './order.ts';
export { type ParseOptions, parseRules, type Rule } from './parse.ts';
export { readServiceKey } from './service.ts';
export { endpointText, maskText, type ReverseNames, schedulerFlagNames } from './wording.ts';
