import { InputError } from '../../errors/input-error.ts';
import type { Change } from '../../ipvs/change.ts';
import { checkOptions } from '../check-options.ts';
import { rulesGrammar } from '../command-line/grammar.ts';
import { located } from '../command-line/locate.ts';
import { parseCommand } from '../command-line/parse-command.ts';
import { RulesError } from '../command-line/rules-error.ts';
import { columnOf, wordsOf } from '../command-line/words.ts';
import { parseChange } from './change.ts';
import type { NameResolver } from './endpoint.ts';

const BYTE_ORDER_MARK = 0xfeff;

/** Words before the program: `sudo -n`, `$`. */
const MAX_PREFIX = 3;

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
 * One command a line, with LF or CR LF behind it and its words separated by blanks and tabs, short or long options in any
 * order; a byte order mark may come first; `ipvsadm` before
 * the command is passed over. A word that begins with `#` begins a comment. What ipvsadm makes of a line is made of it:
 * the scheduler is wlc by default, forwarding direct routing, and a server that is not masqueraded has its service's
 * port whatever was written. Values are checked as the methods of `Ipvs` check them.
 * @throws InputError for a text that is no string; RulesError for the first line that is wrong, with line, column, option, value and rule
 * @example
 * ```ts
 * const rules = parseRules('-A -t 192.0.2.11:80 -s rr\n-a -t 192.0.2.11:80 -r 10.0.0.5:8080 -m');
 * await Promise.all(rules.map((rule) => applyChange(ipvs, rule)));
 * console.log((await ipvs.services()).length); // 2
 * ```
 */
export function parseRules(text: string, options: ParseOptions = {}): Rule[] {
  if (typeof text !== 'string') throw new InputError('must be a string', text, 'text');
  checkOptions(options, ['names']);
  const { names } = options;
  const rules: Rule[] = [];
  const blanked = text.replaceAll('\t', ' '); // which moves no column
  for (let line = 1, start = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0; start < text.length; line++) {
    const feed = text.indexOf('\n', start);
    const end = feed < 0 ? text.length : feed;
    const last = text[end - 1] === '\r' && end > start ? end - 1 : end;
    const rule = parseLine(blanked.slice(start, last), line, names);
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
    const foreign = error.usage && error.fault.word === 0 ? foreignLine(words, text) : undefined;
    if (foreign) throw foreign.at(line, columnOf(text, 0));
    throw error.at(line, columnOf(text, error.fault.word, error.fault.offset));
  }
}

/** What is said of a line that has no command because it comes from somewhere else than a rules file. */
function foreignLine(words: readonly string[], text: string): RulesError | undefined {
  const fault = { word: 0, usage: true };
  if (/^ *(IP Virtual Server version|Prot |IPVS connection|-> |(TCP|UDP|SCTP|FWM) )/.test(text))
    return new RulesError('not a rule but a line of a listing', words.join(' '), '', {
      ...fault,
      hint: 'ipvsadm -S writes rules',
    });
  const program = words.slice(0, MAX_PREFIX + 1).findIndex((word) => /(^|\/)(ipvsadm|ipvs)$/.test(word));
  if (program < 0) return undefined;
  const before = words.slice(0, program + 1).join(' ');
  return new RulesError('a rule begins with a command such as -A, not with', before, '', fault);
}
