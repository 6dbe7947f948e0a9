import { InputError } from '../errors/input-error.ts';
import { nameClass } from '../errors/library-error.ts';

/** A place in a file, both numbers from 1. */
export interface Position {
  /** Line, from 1. */
  readonly line: number;
  /** Column in UTF-16 code units, from 1. */
  readonly column: number;
}

/**
 * A configuration file that cannot be read, or an invalid value in it. Nothing was sent.
 *
 * `path` is the place within the file's value (`'services[0].port'`), empty where its syntax is wrong.
 */
export class ConfigError extends InputError {
  override readonly code = 'ERR_CONFIG';
  /** Line of what is wrong, from 1. */
  readonly line: number;
  /** Column of what is wrong, from 1. */
  readonly column: number;
  /** What is wrong, without its place. */
  readonly problem: string;

  /** @param syntax that the rule is a whole sentence about the file's syntax */
  constructor(rule: string, value: unknown, path: string, { line, column }: Position, syntax = false) {
    super(rule, value, path);
    this.line = line;
    this.column = column;
    this.problem = syntax ? rule : path ? this.message : this.message.replace(/^value/, 'the file');
    this.message = `line ${line}, column ${column}: ${this.problem}`;
  }
}

nameClass(ConfigError, 'ConfigError');
