/**
 * Rules as `ipvsadm -S` writes and `ipvsadm -R` reads them, in text and as values. Pure: nothing here talks to a kernel;
 * `applyChange` of `ipvs` carries a parsed rule out.
 *
 * @module ipvs/rules
 */
export { type CommandRow, type Grammar, type OptionRow, rulesGrammar } from './command-line/grammar.ts';
export { located } from './command-line/locate.ts';
export { type ParsedCommand, type ParsedOption, parseCommand } from './command-line/parse-command.ts';
export { type Fault, RulesError } from './command-line/rules-error.ts';
export { formatRules } from './format/format.ts';
export type { FormatOptions } from './format/options.ts';
export { endpointText, maskText, type ReverseResolver, schedulerFlagNames } from './format/wording.ts';
export { compareDestinations, compareServices, sortTable } from './order.ts';
export { isChange, parseChange } from './parse/change.ts';
export type { NameResolver } from './parse/endpoint.ts';
export { type ParseOptions, parseRules, type Rule } from './parse/parse-rules.ts';
export { parseServiceKey } from './parse/service.ts';
