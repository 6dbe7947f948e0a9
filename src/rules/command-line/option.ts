import type { Grammar, OptionRow } from './grammar.ts';

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
  /** What it asks for as a command; undefined for an option. */
  readonly command: Command | undefined;
}

/** What a command asks for. */
export interface Command {
  /** The slots that must be given. */
  readonly needs: readonly string[];
  /** The slots that must or may be given. */
  readonly allowed: ReadonlySet<string>;
  /** The values that follow it, by name. */
  readonly values: readonly string[];
}

/** The commands and options of a grammar by the words for them. */
export type GrammarIndex = ReadonlyMap<string, Option>;

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
  const index = new Map<string, Option>();
  const add = (name: string, row: OptionRow, command?: Command) => {
    const { short = '', slot = name, operand, optional = false } = row;
    for (const option of [`--${name}`, ...[...short].map((letter) => `-${letter}`)])
      index.set(option, { option, name, slot, operand, optional, command });
  };
  for (const [name, row] of Object.entries(commands)) {
    const { needs = [], takes = [], values = [] } = row;
    add(name, row, { needs, values, allowed: new Set([...needs, ...takes]) });
  }
  for (const [name, row] of Object.entries(options)) add(name, row);
  return index;
}
