import { type CommandRow, type Grammar, type OptionRow, rulesGrammar } from '../rules/command-line/grammar.ts';

const forms = ['stats', 'rate', 'thresholds', 'persistent-conn', 'tun-info'];
const listing = ['service', 'ipv6', 'connection', 'timeout', 'daemon', 'numeric', 'exact', 'sort', 'nosort', 'json'];

const commands: Readonly<Record<string, CommandRow>> = {
  list: {
    short: 'Ll',
    about: 'list all services, one service, or something else; this is what ipvs does without a command',
    takes: [...listing, ...forms],
  },
  save: { short: 'S', about: 'write the table as rules', takes: ['numeric', 'lossless'] },
  restore: { short: 'R', about: 'read rules from standard input, check all of them, and carry them out' },
};

const words: Readonly<Record<string, CommandRow>> = {
  help: { short: 'h', about: 'print this' },
  version: { short: 'v', about: 'print the version of this program' },
};

const options: Readonly<Record<string, OptionRow>> = {
  connection: {
    short: 'c',
    excludes: ['service', 'timeout', 'daemon', 'stats', 'rate', 'thresholds'],
    about: 'list the connections',
  },
  timeout: { excludes: ['service', 'daemon', ...forms.slice(0, 4)], about: 'list the timeouts of connections' },
  daemon: { excludes: ['service', ...forms.slice(0, 4)], about: 'list the synchronization daemons' },
  numeric: { short: 'n', about: 'addresses and ports as numbers, without looking for names' },
  stats: { about: 'list what has passed through: connections, packets, bytes' },
  rate: { about: 'list what passes through in a second' },
  thresholds: { about: 'list the thresholds of the servers' },
  'persistent-conn': { about: 'list the persistent connections' },
  'tun-info': { about: 'list the tunnels' },
  exact: { short: 'X', about: 'large numbers in full' },
  nosort: { about: "list in the kernel's order" },
  sort: { about: 'list in order, which is the default' },
  json: { about: 'list as JSON, 64-bit numbers as strings' },
  lossless: { about: 'write what ipvsadm forgets as well: thresholds, timeouts, synchronization daemons' },
  netns: { operand: 'NAME|PATH', excludes: ['fake'], about: 'work in another network namespace' },
  fake: { operand: 'FILE', about: 'work on a rules file with a kernel in memory; what changed is written back' },
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
