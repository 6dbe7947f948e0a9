import { type CommandRow, type Grammar, type OptionRow, rulesGrammar } from '../rules/command-line/grammar.ts';

const forms = ['stats', 'rate', 'thresholds', 'persistent-conn', 'tun-info'];
const listing = ['service', 'ipv6', 'connection', 'timeout', 'daemon', 'numeric', 'exact', 'sort', 'nosort', 'json'];

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
  connection: { short: 'c', excludes: ['service', 'timeout', 'daemon', 'stats', 'rate', 'thresholds'] },
  timeout: { excludes: ['service', 'daemon', ...forms.slice(0, 4)] },
  daemon: { excludes: ['service', ...forms.slice(0, 4)] },
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
  netns: { operand: 'NAME|PATH', excludes: ['fake'] },
  fake: { operand: 'FILE' },
};

/** The whole command line: what a rules file may say, and what only a command line may. */
export const cliGrammar: Grammar = {
  commands: { ...everywhere({ ...rulesGrammar.commands, ...commands }, ['netns', 'fake']), ...words },
  options: { ...rulesGrammar.options, ...options },
};

/** Commands that take these options beside their own. */
function everywhere(rows: Readonly<Record<string, CommandRow>>, slots: readonly string[]): Record<string, CommandRow> {
  return Object.fromEntries(
    Object.entries(rows).map(([name, row]) => [name, { ...row, takes: [...(row.takes ?? []), ...slots] }]),
  );
}
