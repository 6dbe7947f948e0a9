/**
 * Rules as `ipvsadm -S` writes and `ipvsadm -R` reads them, in text and as values. Pure: nothing here talks to a kernel
 * but {@link applyChange}.
 *
 * @module
 */
export { applyChange } from './apply.ts';
export { type CommandRow, type Grammar, type OptionRow, rulesGrammar } from './command-line/grammar.ts';
export { located } from './command-line/locate.ts';
export { type Given, type Line, readLine } from './command-line/parse-command.ts';
export { type Fault, RulesError } from './command-line/rules-error.ts';
export { type FormatOptions, formatRules } from './format/format.ts';
export { endpointText, maskText, type ReverseNames, schedulerFlagNames } from './format/wording.ts';
export { compareDestinations, compareServices, sortTable } from './order.ts';
export { type Change, isChange, readChange } from './parse/change.ts';
export type { Names } from './parse/endpoint.ts';
export { type ParseOptions, parseRules, type Rule } from './parse/parse-rules.ts';
export { readServiceKey } from './parse/service.ts';
