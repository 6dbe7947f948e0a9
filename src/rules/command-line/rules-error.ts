import { inspect } from 'node:util';
import { InputError } from '../../errors/input-error.ts';
import { nameClass } from '../../errors/library-error.ts';
import { printable } from '../../errors/printable.ts';

/** Where and how a line is wrong. */
export interface Fault {
  /** The option that is wrong, as it was written: `'-w'`; absent when the line itself is. */
  readonly option?: string | undefined;
  /** Which word of the line is wrong, from 0, and from which character of it. */
  readonly word: number;
  readonly offset?: number | undefined;
  /** Whether the line cannot be read at all: an unknown option, a missing argument. */
  readonly usage?: boolean | undefined;
  /** What was probably meant, for the end of the message. */
  readonly hint?: string | undefined;
}

/**
 * A line that ipvsadm's grammar does not allow, or an invalid value in it. Nothing was sent.
 *
 * `path` is the field of the API (`'destination.weight'`) or empty, `rule` and `value` as with every InputError.
 */
export class RulesError extends InputError {
  override readonly code = 'ERR_RULES';
  /** The option that is wrong, as it was written: `'-w'`; `''` when the line itself is. */
  readonly option: string;
  /** Line of the rules file, from 1; 0 for a command line. */
  readonly line: number;
  /** Column of the word that is wrong, from 1; 0 for a command line. */
  readonly column: number;
  /** What is wrong, without its place. */
  readonly problem: string;
  /** Whether the line cannot be read at all: an unknown option, a missing argument. */
  readonly usage: boolean;
  /** @internal */
  readonly fault: Fault;

  constructor(rule: string, value: unknown, path: string, fault: Fault, line = 0, column = 0) {
    super(rule, value, path);
    this.option = fault.option ?? '';
    this.line = line;
    this.column = column;
    this.fault = fault;
    this.usage = fault.usage ?? false;
    const problem = [fault.option, describe(rule, value, path)].filter(Boolean).join(': ');
    this.problem = fault.hint ? `${problem} (${fault.hint})` : problem;
    this.message = line > 0 ? `line ${line}, column ${column}: ${this.problem}` : this.problem;
  }

  /**
   * The same error with its place in a file.
   * @internal
   */
  at(line: number, column: number): RulesError {
    return new RulesError(this.rule, this.value, this.path, this.fault, line, column);
  }
}

nameClass(RulesError, 'RulesError');

/** Only the last part of the path: the option before it says the rest. A rule of no field is about the value itself. */
function describe(rule: string, value: unknown, path: string): string {
  const words = [path.split('.').at(-1), rule].filter(Boolean).join(' ');
  if (value === undefined) return words;
  return `${words}${path ? ', got' : ''} ${printable(inspect(value, { breakLength: Infinity, maxStringLength: 80 }))}`;
}
