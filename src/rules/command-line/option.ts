import type { CommandRow, Grammar, OptionRow } from './grammar.ts';

/** A command or an option by one of the words for it, with what it takes to read a line. */
export interface Option {
  /** The word: `'-t'`, `'--tcp-service'`. */
  readonly option: string;
  /** Its long name, without the dashes. */
  readonly name: string;
  readonly slot: string;
  /** As in its row. */
  readonly operand: string | undefined;
  readonly optional: boolean;
  readonly excludes: readonly string[] | undefined;
  /** What it asks for as a command; undefined for an option. */
  readonly command: Command | undefined;
  /** Whether it may be given with each command, by the command's number. */
  readonly allowed: readonly boolean[];
}

/** What a command asks for. */
export interface Command {
  readonly number: number;
  /** The slots that must be given. */
  readonly needs: readonly string[];
  /** The slots that may be given. */
  readonly takes: readonly string[];
  /** The values that follow it, by name. */
  readonly values: readonly string[];
}

/** The commands and options of a grammar. */
export interface GrammarIndex {
  /** By the codes of their letters. */
  readonly letters: readonly (Option | undefined)[];
  /** By their long names, with the dashes. */
  readonly names: ReadonlyMap<string, Option>;
}

/** Grammars are few and last. */
const indexes = new WeakMap<Grammar, GrammarIndex>();

/** The index of a grammar, made when it is first asked for. */
export function indexOf(grammar: Grammar): GrammarIndex {
  const known = indexes.get(grammar);
  if (known) return known;
  const index = makeIndex(grammar);
  indexes.set(grammar, index);
  return index;
}

function makeIndex({ commands, options }: Grammar): GrammarIndex {
  const letters: (Option | undefined)[] = [];
  const names = new Map<string, Option>();
  const add = (name: string, row: OptionRow, command?: Command) => {
    const { short = '', slot = name, operand, optional = false, excludes } = row;
    const allowed = Object.values(commands).map(({ needs = [], takes = [] }) => [...needs, ...takes].includes(slot));
    const shared = { name, slot, operand, optional, excludes, command, allowed };
    names.set(`--${name}`, { option: `--${name}`, ...shared });
    for (const letter of short) letters[letter.charCodeAt(0)] = { option: `-${letter}`, ...shared };
  };
  for (const [number, [name, row]] of Object.entries(commands).entries()) add(name, row, commandOf(row, number));
  for (const [name, row] of Object.entries(options)) add(name, row);
  return { letters, names };
}

function commandOf({ needs = [], takes = [], values = [] }: CommandRow, number: number): Command {
  return { number, needs, takes, values };
}
