import { RulesError } from './error.ts';
import type { CommandRow, Grammar, OptionRow } from './grammar.ts';

/** An option as it was given. */
export interface Given {
  /** Its long name, without the dashes. */
  readonly name: string;
  /** As it was written: `'-t'`, `'--tcp-service'`. */
  readonly option: string;
  /** What it takes; undefined where it takes nothing or that was left out. */
  readonly operand: string | undefined;
  /** The word of the operand, or of the option, from 0, and from which character of it. */
  readonly word: number;
  readonly offset: number;
}

/** A line taken apart: a command, and options that it allows. */
export interface Line {
  /** The long name of the command, without the dashes. */
  readonly command: string;
  /** The command and its options, by slot. */
  readonly given: ReadonlyMap<string, Given>;
  /** The values that follow, as many as the command has. */
  readonly values: readonly Given[];
}

/** Options by the words for them; grammars are few and last. */
const indexes = new WeakMap<Grammar, Map<string, [name: string, row: OptionRow & CommandRow]>>();

/**
 * Takes the words of a line apart, as popt(3) does for ipvsadm: `-tX`, `-t X`, `-t=X`, `--tcp-service X`,
 * `--tcp-service=X`, several letters after one dash, values anywhere, `--` before values that begin with a dash.
 * @throws RulesError for a line that the grammar does not allow
 */
export function readLine(words: readonly string[], grammar: Grammar): Line {
  const given: Given[] = [];
  const values: Given[] = [];
  for (let word = 0; word < words.length; word++) {
    const text = words[word] ?? '';
    if (text === '--') {
      for (let rest = word + 1; rest < words.length; rest++) values.push(plainValue(words[rest], rest));
      break;
    }
    if (text.length < 2 || !text.startsWith('-')) values.push(plainValue(text, word));
    else
      word = text.startsWith('--') ? readLong(words, word, grammar, given) : readLetters(words, word, grammar, given);
  }
  return check(given, values, grammar);
}

/** Reads `--name`, `--name=operand` or `--name operand`; returns the last word that belongs to it. */
function readLong(words: readonly string[], word: number, grammar: Grammar, given: Given[]): number {
  const text = words[word] ?? '';
  const equals = text.indexOf('=');
  const option = equals < 0 ? text : text.slice(0, equals);
  const [name, row] = find(option, word, grammar, given);
  if (equals < 0) return takeNext(words, word, { name, option, row }, given);
  if (row.operand === undefined)
    throw new RulesError('takes no value', text.slice(equals + 1), '', {
      option,
      word,
      offset: equals + 1,
      usage: true,
    });
  given.push({ name, option, operand: text.slice(equals + 1), word, offset: equals + 1 });
  return word;
}

/** Reads `-a`, `-abc`, `-aoperand`, `-a=operand` or `-a operand`; returns the last word that belongs to it. */
function readLetters(words: readonly string[], word: number, grammar: Grammar, given: Given[]): number {
  const text = words[word] ?? '';
  for (let i = 1; i < text.length; i++) {
    const option = `-${text[i]}`;
    const [name, row] = find(option, word, grammar, given);
    const last = i + 1 === text.length;
    if (last) return takeNext(words, word, { name, option, row }, given);
    if (row.operand !== undefined) {
      const offset = i + (text[i + 1] === '=' ? 2 : 1);
      given.push({ name, option, operand: text.slice(offset), word, offset });
      return word;
    }
    given.push({ name, option, operand: undefined, word, offset: 0 });
  }
  return word;
}

interface Found {
  readonly name: string;
  readonly option: string;
  readonly row: OptionRow;
}

/** Takes the next word for an option's operand, if it has one; returns the last word taken. */
function takeNext(words: readonly string[], word: number, { name, option, row }: Found, given: Given[]): number {
  const next = words[word + 1];
  if (row.operand === undefined || (row.optional && (next === undefined || next.startsWith('-')))) {
    given.push({ name, option, operand: undefined, word, offset: 0 });
    return word;
  }
  if (next === undefined)
    throw new RulesError(`must have a value, ${row.operand}`, undefined, '', { option, word, usage: true });
  given.push({ name, option, operand: next, word: word + 1, offset: 0 });
  return word + 1;
}

function find(option: string, word: number, grammar: Grammar, given: readonly Given[]) {
  const found = indexOf(grammar).get(option);
  if (given.length === 0 && (!found || !isCommand(found[0], grammar))) throw noCommand(option, word, grammar);
  if (!found) throw new RulesError('is no option', option, '', { option: '', word, usage: true });
  return found;
}

function indexOf(grammar: Grammar) {
  const known = indexes.get(grammar);
  if (known) return known;
  const index = new Map<string, [string, OptionRow & CommandRow]>();
  for (const [name, row] of Object.entries({ ...grammar.commands, ...grammar.options })) {
    index.set(`--${name}`, [name, row]);
    for (const letter of row.short ?? '') index.set(`-${letter}`, [name, row]);
  }
  indexes.set(grammar, index);
  return index;
}

function isCommand(name: string, { commands }: Grammar): boolean {
  return Object.hasOwn(commands, name);
}

function noCommand(got: string | undefined, word: number, { commands }: Grammar): RulesError {
  const known = Object.entries(commands).map(([name, { short }]) => (short ? `-${short[0]}` : `--${name}`));
  return new RulesError(`must begin with a command, ${known.join(' ')}`, got, '', { option: '', word, usage: true });
}

function plainValue(text: string | undefined, word: number): Given {
  return { name: '', option: '', operand: text, word, offset: 0 };
}

/** The matrix of commands and options. */
function check(all: readonly Given[], values: readonly Given[], grammar: Grammar): Line {
  const [command, ...options] = all;
  if (!command) throw noCommand(values[0]?.operand, 0, grammar);
  const row = grammar.commands[command.name] ?? { about: '' };
  const given = new Map([[command.name, command]]);
  for (const each of options) {
    const slot = grammar.options[each.name]?.slot ?? each.name;
    const fault = { option: each.option, word: each.word };
    if (isCommand(each.name, grammar))
      throw new RulesError(`is a second command beside ${command.option}`, undefined, '', fault);
    if (!row.needs?.includes(slot) && !row.takes?.includes(slot))
      throw new RulesError(`is no option of --${command.name}`, undefined, '', fault);
    const before = given.get(slot);
    if (before) throw new RulesError(`must not stand beside ${before.option}`, undefined, '', fault);
    given.set(slot, each);
  }
  const missing = row.needs?.find((slot) => !given.has(slot));
  if (missing)
    throw new RulesError(`needs ${namesOf(missing, grammar)}`, undefined, '', {
      option: command.option,
      word: command.word,
    });
  checkValues(command, values, row.values ?? []);
  return { command: command.name, given, values };
}

function checkValues({ option, word }: Given, values: readonly Given[], names: readonly string[]): void {
  const surplus = values[names.length];
  if (surplus) throw new RulesError('is one value too many', surplus.operand, '', { option: '', word: surplus.word });
  if (values.length < names.length)
    throw new RulesError(`needs ${names.length} values, ${names.join(' ')}`, undefined, '', { option, word });
}

/** The options of a slot: `--tcp-service, --udp-service, --sctp-service or --fwmark-service`. */
function namesOf(slot: string, { options }: Grammar): string {
  const names = Object.keys(options).filter((name) => (options[name]?.slot ?? name) === slot);
  return names
    .map((name) => `--${name}`)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1');
}
