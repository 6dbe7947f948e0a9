import { didYouMean } from '../../errors/known-properties.ts';
import type { Grammar } from './grammar.ts';
import { type Command, type GrammarIndex, indexOf, type Option } from './option.ts';
import { RulesError } from './rules-error.ts';

/** An option as it was given. */
export interface ParsedOption {
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

/** A value as it was given. */
export interface ParsedValue {
  readonly operand: string;
  /** Its word, from 0. */
  readonly word: number;
}

/** A line taken apart: a command, and options that it allows. */
export interface ParsedCommand {
  /** The long name of the command, without the dashes. */
  readonly command: string;
  /** The command and its options, by slot. */
  readonly given: ReadonlyMap<string, ParsedOption>;
  /** The values that follow, as many as the command has. */
  readonly values: readonly ParsedValue[];
}

/** A line while it is read; `first` and `command` are there after its first word. */
interface Reading {
  readonly words: readonly string[];
  readonly grammar: Grammar;
  readonly index: GrammarIndex;
  /** The command as it was given. */
  first: ParsedOption | undefined;
  command: Command | undefined;
  readonly given: Map<string, ParsedOption>;
  readonly values: ParsedValue[];
}

/**
 * Takes the words of a line apart, as popt(3) does for ipvsadm: `-tX`, `-t X`, `-t=X`, `--tcp-service X`,
 * `--tcp-service=X`, several letters after one dash, values anywhere behind the command, `--` before values that begin
 * with a dash.
 * @throws RulesError for a line that the grammar does not allow
 */
export function parseCommand(words: readonly string[], grammar: Grammar): ParsedCommand {
  const reading: Reading = {
    words,
    grammar,
    index: indexOf(grammar),
    first: undefined,
    command: undefined,
    given: new Map(),
    values: [],
  };
  let plain = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const option = plain ? undefined : find(reading, word);
    if (option) at = takeNext(reading, option, at);
    else if (plain || word.length < 2 || !word.startsWith('-')) takeValue(reading, word, at);
    else if (word === '--') plain = true;
    else if (word.startsWith('--')) readLong(reading, word, at);
    else at = readLetters(reading, word, at);
  }
  const { first, command, given, values } = reading;
  if (!first || !command) throw noCommand(reading, undefined, 0);
  checkWhole(reading, first, command);
  return { command: first.name, given, values };
}

/** What a word means where it stands: the first must be a command. */
function find({ index, command }: Reading, word: string): Option | undefined {
  const option = index.get(word);
  return command || option?.command ? option : undefined;
}

/** Takes an option, with the next word for its operand if it has one; returns the last word taken. */
function takeNext(reading: Reading, option: Option, word: number): number {
  if (option.operand === undefined) return take(reading, option, word);
  const next = reading.words[word + 1];
  if (option.optional && (next === undefined || next.startsWith('-'))) return take(reading, option, word);
  if (next === undefined)
    throw new RulesError(`missing argument ${option.operand}`, undefined, '', {
      option: option.option,
      word,
      usage: true,
    });
  return take(reading, option, word + 1, next);
}

/** Reads `--name=operand`. */
function readLong(reading: Reading, text: string, word: number): void {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const option = find(reading, name);
  if (!option) throw stranger(reading, name, word);
  const offset = equals + 1;
  const operand = text.slice(offset);
  if (option.operand === undefined)
    throw new RulesError('unexpected argument', operand, '', { option: name, word, offset, usage: true });
  take(reading, option, word, operand, offset);
}

/** Reads `-abc`, `-aoperand` or `-a=operand`; returns the last word that belongs to it. */
function readLetters(reading: Reading, text: string, word: number): number {
  for (let i = 1; ; i++) {
    const option = find(reading, `-${text[i]}`);
    if (!option) throw stranger(reading, `-${text[i]}`, word);
    if (i === text.length - 1) return takeNext(reading, option, word);
    if (option.operand !== undefined) {
      const offset = i + (text[i + 1] === '=' ? 2 : 1);
      return take(reading, option, word, text.slice(offset), offset);
    }
    take(reading, option, word);
  }
}

/** Takes the command, or an option that it allows, which ends with a word; returns that. */
function take(reading: Reading, option: Option, word: number, operand?: string, offset = 0): number {
  const { command, given } = reading;
  const taken: ParsedOption = { name: option.name, option: option.option, operand, word, offset };
  if (!command) {
    reading.first = taken;
    reading.command = option.command;
  } else if (!command.allowed.has(option.slot) || given.has(option.slot)) {
    throw refusal(option, word, clash(reading, option));
  }
  given.set(option.slot, taken);
  return word;
}

function takeValue(reading: Reading, operand: string, word: number): void {
  const { command, values } = reading;
  if (!command) throw noCommand(reading, operand, word);
  if (values.length === command.values.length) throw new RulesError('unexpected argument', operand, '', { word });
  values.push({ operand, word });
}

/** What can only be known at the end of a line. */
function checkWhole({ index, given, values }: Reading, first: ParsedOption, command: Command): void {
  const missing = command.needs.find((slot) => !given.has(slot));
  if (missing) {
    const names = longNames(index, ({ slot }) => slot === missing).join(', ');
    throw refusal(first, first.word, `requires ${names.replace(/, ([^,]*)$/, ' or $1')}`);
  }
  const expected = command.values;
  if (values.length < expected.length)
    throw refusal(first, first.word, `requires ${expected.length} arguments, ${expected.join(' ')}`);
}

/** The first word, or the lack of one, where a command must be. */
function noCommand({ grammar, index }: Reading, got: string | undefined, word: number): RulesError {
  const known = Object.entries(grammar.commands).map(([name, { short }]) => (short ? `-${short[0]}` : `--${name}`));
  const hint =
    meant(
      got,
      longNames(index, ({ command }) => command !== undefined),
    ) ?? `one of ${known.join(' ')}`;
  const option = index.get(got ?? '');
  const other = option && !option.command ? 'a command must come before' : 'unknown command';
  const rule = got === undefined ? 'missing command' : other;
  return new RulesError(rule, got, '', { word, usage: true, hint });
}

function stranger(reading: Reading, written: string, word: number): RulesError {
  const { command, index } = reading;
  if (!command) return noCommand(reading, written, word);
  const hint = meant(
    written,
    longNames(index, ({ slot }) => command.allowed.has(slot)),
  );
  return new RulesError('unknown option', written, '', { word, usage: true, hint });
}

/** Only a long name can be recognized when it is misspelt. */
function meant(written: string | undefined, names: readonly string[]): string | undefined {
  return written?.startsWith('--') ? didYouMean(written, names) : undefined;
}

/** Why an option cannot be taken: the matrix of commands and options. */
function clash({ first, command, given }: Reading, option: Option): string {
  if (!option.command && !command?.allowed.has(option.slot)) return `is not an option of --${first?.name}`;
  const other = option.command ? first : given.get(option.slot);
  const twice = !option.command && other?.option === option.option;
  return twice ? 'is given twice' : `cannot be combined with ${other?.option}`;
}

function refusal({ option }: Option | ParsedOption, word: number, rule: string): RulesError {
  return new RulesError(rule, undefined, '', { option, word });
}

/** The long names of some commands or options: `--tcp-service`, `--udp-service`, `--sctp-service`, `--fwmark-service`. */
function longNames(index: GrammarIndex, wanted: (option: Option) => boolean): string[] {
  const options = [...index.values()].filter(({ option }) => option.startsWith('--'));
  return options.filter(wanted).map(({ option }) => option);
}
