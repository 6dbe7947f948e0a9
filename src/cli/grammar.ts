import { type CommandRow, type Grammar, type OptionRow, rulesGrammar } from '../rules/command-line/grammar.ts';
import type { ParsedCommand } from '../rules/command-line/parse-command.ts';
import { RulesError } from '../rules/command-line/rules-error.ts';

const forms = ['stats', 'rate', 'thresholds', 'persistent-conn', 'tun-info'];
const listing = [
  'service',
  'service.family',
  'connection',
  'timeout',
  'daemon',
  'numeric',
  'exact',
  'sort',
  'nosort',
  'json',
];

const commands: Readonly<Record<string, CommandRow>> = {
  list: { short: 'Ll', takes: [...listing, ...forms] },
  save: { short: 'S', takes: ['numeric', 'lossless'] },
  restore: { short: 'R' },
};

const words: Readonly<Record<string, CommandRow>> = {
  help: { short: 'h' },
  version: { short: 'v' },
};

const options: Readonly<Record<string, OptionRow>> = {
  connection: { short: 'c' },
  timeout: {},
  daemon: {},
  numeric: { short: 'n' },
  stats: {},
  rate: {},
  thresholds: {},
  'persistent-conn': {},
  'tun-info': {},
  exact: { short: 'X' },
  nosort: {},
  sort: {},
  json: {},
  lossless: {},
  netns: { operand: 'NAME|PATH' },
  fake: { operand: 'FILE' },
};

/** The slots that an option cannot be combined with, by its name. */
const exclusions: Readonly<Record<string, readonly string[]>> = {
  connection: ['service', 'timeout', 'daemon', 'stats', 'rate', 'thresholds'],
  timeout: ['service', 'daemon', ...forms.slice(0, 4)],
  daemon: ['service', ...forms.slice(0, 4)],
  netns: ['fake'],
};

/** The whole command line: what a rules file may say, and what only a command line may. */
export const cliGrammar: Grammar = {
  commands: { ...everywhere({ ...rulesGrammar.commands, ...commands }, ['netns', 'fake']), ...words },
  options: { ...rulesGrammar.options, ...options },
};

/** Throws RulesError for options that its command allows but that cannot be combined. */
export function checkExclusions({ given }: ParsedCommand): void {
  for (const { name, option, word } of given.values()) {
    const other = exclusions[name]?.find((slot) => given.has(slot));
    if (other === undefined) continue;
    throw new RulesError(`cannot be combined with ${given.get(other)?.option}`, undefined, '', { option, word });
  }
}

/** Commands that take these options beside their own. */
function everywhere(rows: Readonly<Record<string, CommandRow>>, slots: readonly string[]): Record<string, CommandRow> {
  return Object.fromEntries(
    Object.entries(rows).map(([name, row]) => [name, { ...row, takes: [...(row.takes ?? []), ...slots] }]),
  );
}
