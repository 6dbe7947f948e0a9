import type { Change } from '../../ipvs/change.ts';
import { rulesGrammar } from '../command-line/grammar.ts';
import { located } from '../command-line/locate.ts';
import { parseCommand } from '../command-line/parse-command.ts';
import { RulesError } from '../command-line/rules-error.ts';
import { columnOf, wordsOf } from '../command-line/words.ts';
import { parseChange } from './change.ts';
import type { NameResolver } from './endpoint.ts';

/** A line of a rules file. */
export type Rule = Change & {
  /** Its number, from 1. */
  readonly line: number;
};

/** How to read a rules file. */
export interface ParseOptions {
  /** What the names of hosts and services stand for. Default: names are refused, there are only numbers. */
  readonly names?: NameResolver | undefined;
}

/**
 * Reads a rules file: what `ipvsadm -R` takes, as `ipvsadm -S` and {@link formatRules} write it. Pure; nothing is sent.
 *
 * One command a line, its words separated by blanks and tabs, with short or long options in any order; `ipvsadm` before
 * the command is passed over. A word that begins with `#` begins a comment. What ipvsadm makes of a line is made of it:
 * the scheduler is wlc by default, forwarding direct routing, and a server that is not masqueraded has its service's
 * port whatever was written. Values are checked as the methods of `Ipvs` check them.
 * @throws RulesError for the first line that cannot be meant, with line, column, option, value and rule
 */
export function parseRules(text: string, { names }: ParseOptions = {}): Rule[] {
  const rules: Rule[] = [];
  const blanked = text.replaceAll('\t', ' '); // which moves no column
  for (let line = 1, start = 0; start < text.length; line++) {
    const feed = text.indexOf('\n', start);
    const end = feed < 0 ? text.length : feed;
    if (text[end - 1] === '\r' && end > start) throw carriageReturn(line, end - start);
    const rule = parseLine(blanked.slice(start, end), line, names);
    if (rule) rules.push(rule);
    start = end + 1;
  }
  return rules;
}

function parseLine(text: string, line: number, names: NameResolver | undefined): Rule | undefined {
  const words = wordsOf(text);
  if (words.length === 0) return undefined;
  try {
    const said = parseCommand(words, rulesGrammar);
    const change: Change & { line?: number } = located(said, () => parseChange(said, names));
    change.line = line; // set rather than spread together, which costs several times as much
    return change as Rule;
  } catch (error) {
    if (!(error instanceof RulesError)) throw error;
    throw error.at(line, columnOf(text, error.fault.word, error.fault.offset));
  }
}

function carriageReturn(line: number, column: number): RulesError {
  const fault = { option: '', word: 0 };
  return new RulesError('lines must end with a line feed alone, not with CR LF', undefined, '', fault, [line, column]);
}
