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

/** A line while it is read; `command` and `row` are there after its first word. */
interface Reading {
  readonly words: readonly string[];
  readonly grammar: Grammar;
  command?: Given;
  row?: CommandRow;
  readonly given: Map<string, Given>;
  readonly values: Given[];
  /** Those of the options that cannot stand beside every other. */
  readonly exclusive: Given[];
}

/** Options by the words for them; grammars are few and last. */
const indexes = new WeakMap<Grammar, Map<string, [name: string, row: OptionRow & CommandRow]>>();

/**
 * Takes the words of a line apart, as popt(3) does for ipvsadm: `-tX`, `-t X`, `-t=X`, `--tcp-service X`,
 * `--tcp-service=X`, several letters after one dash, values anywhere behind the command, `--` before values that begin
 * with a dash.
 * @throws RulesError for a line that the grammar does not allow
 */
export function readLine(words: readonly string[], grammar: Grammar): Line {
  const reading: Reading = { words, grammar, given: new Map(), values: [], exclusive: [] };
  let plain = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (plain || word.length < 2 || !word.startsWith('-')) takeValue(reading, word, at);
    else if (word === '--') plain = true;
    else at = word.startsWith('--') ? readLong(reading, word, at) : readLetters(reading, word, at);
  }
  const { command, given, values } = reading;
  if (!command) throw noCommand(reading, undefined, 0);
  checkWhole(reading, command);
  return { command: command.name, given, values };
}

/** Reads `--name`, `--name=operand` or `--name operand`; returns the last word that belongs to it. */
function readLong(reading: Reading, text: string, word: number): number {
  const equals = text.indexOf('=');
  if (equals < 0) return takeNext(reading, text, word);
  const option = text.slice(0, equals);
  const { name, row } = find(reading, option, word);
  const [operand, offset] = [text.slice(equals + 1), equals + 1];
  if (row.operand === undefined)
    throw new RulesError('takes no value', operand, '', { option, word, offset, usage: true });
  take(reading, { name, option, operand, word, offset });
  return word;
}

/** Reads `-a`, `-abc`, `-aoperand`, `-a=operand` or `-a operand`; returns the last word that belongs to it. */
function readLetters(reading: Reading, text: string, word: number): number {
  for (let i = 1; i < text.length - 1; i++) {
    const option = `-${text[i]}`;
    const { name, row } = find(reading, option, word);
    if (row.operand !== undefined) {
      const offset = i + (text[i + 1] === '=' ? 2 : 1);
      take(reading, { name, option, operand: text.slice(offset), word, offset });
      return word;
    }
    take(reading, { name, option, operand: undefined, word, offset: 0 });
  }
  return takeNext(reading, `-${text.at(-1)}`, word);
}

/** Takes an option, with the next word for its operand if it has one; returns the last word taken. */
function takeNext(reading: Reading, option: string, word: number): number {
  const { name, row } = find(reading, option, word);
  const next = reading.words[word + 1];
  if (row.operand === undefined || (row.optional && (next === undefined || next.startsWith('-')))) {
    take(reading, { name, option, operand: undefined, word, offset: 0 });
    return word;
  }
  if (next === undefined)
    throw new RulesError(`must have a value, ${row.operand}`, undefined, '', { option, word, usage: true });
  take(reading, { name, option, operand: next, word: word + 1, offset: 0 });
  return word + 1;
}

/** What an option is; the first of a line must be a command. */
function find(reading: Reading, option: string, word: number): { name: string; row: OptionRow } {
  const [name, row] = indexOf(reading.grammar).get(option) ?? [];
  if (!reading.command && (!name || !isCommand(name, reading.grammar))) throw noCommand(reading, option, word);
  if (!name || !row) throw new RulesError('there is no such option', option, '', { option: '', word, usage: true });
  return { name, row };
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

function noCommand({ grammar }: Reading, got: string | undefined, word: number): RulesError {
  const known = Object.entries(grammar.commands).map(([name, { short }]) => (short ? `-${short[0]}` : `--${name}`));
  return new RulesError(`a command must come first, ${known.join(' ')}`, got, '', { option: '', word, usage: true });
}

/** Takes the command, or an option that it allows: the matrix of commands and options. */
function take(reading: Reading, given: Given): void {
  const { command, row, grammar } = reading;
  const option = grammar.options[given.name];
  const slot = option?.slot ?? given.name;
  if (option?.excludes) reading.exclusive.push(given);
  if (!command) {
    reading.command = given;
    reading.row = grammar.commands[given.name] as CommandRow;
  } else {
    const refuse = (rule: string) => new RulesError(rule, undefined, '', { option: given.option, word: given.word });
    if (isCommand(given.name, grammar)) throw refuse(`is a second command beside ${command.option}`);
    if (!row?.needs?.includes(slot) && !row?.takes?.includes(slot)) throw refuse(`is no option of --${command.name}`);
    const before = reading.given.get(slot);
    if (before) throw refuse(`must not stand beside ${before.option}`);
  }
  reading.given.set(slot, given);
}

function takeValue(reading: Reading, operand: string, word: number): void {
  if (!reading.command) throw noCommand(reading, operand, word);
  if (reading.values.length === (reading.row?.values?.length ?? 0))
    throw new RulesError('there is one value too many', operand, '', { option: '', word });
  reading.values.push({ name: '', option: '', operand, word, offset: 0 });
}

/** What can only be known at the end of a line. */
function checkWhole({ row, given, values, exclusive, grammar }: Reading, { option, word }: Given): void {
  const refuse = (rule: string) => new RulesError(rule, undefined, '', { option, word });
  const missing = row?.needs?.find((slot) => !given.has(slot));
  if (missing) throw refuse(`needs ${namesOf(missing, grammar)}`);
  const expected = row?.values ?? [];
  if (values.length < expected.length) throw refuse(`needs ${expected.length} values, ${expected.join(' ')}`);
  for (const each of exclusive) {
    const other = grammar.options[each.name]?.excludes?.find((slot) => given.has(slot));
    if (other === undefined) continue;
    const rule = `must not stand beside ${given.get(other)?.option}`;
    throw new RulesError(rule, undefined, '', { option: each.option, word: each.word });
  }
}

/** The options of a slot: `--tcp-service, --udp-service, --sctp-service or --fwmark-service`. */
function namesOf(slot: string, { options }: Grammar): string {
  const names = Object.keys(options).filter((name) => (options[name]?.slot ?? name) === slot);
  return names
    .map((name) => `--${name}`)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1');
}
