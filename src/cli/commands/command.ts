import type { Ipvs } from '../../ipvs/index.ts';
import type { Input, Output } from '../io.ts';
import type { SessionOptions } from '../session/session.ts';

/** An option of a subcommand: as node:util's `parseArgs` takes it, with what help says of it. */
export interface CommandOption {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  readonly multiple?: boolean;
  readonly default?: string | boolean;
  /** What it takes, for one of type string: `'FILE'`. */
  readonly operand?: string;
  /** What it is for. */
  readonly about: string;
}

/** Options by their long names, without the dashes. */
export type CommandOptions = Readonly<Record<string, CommandOption>>;

type ValueOf<Option extends CommandOption> = Option['type'] extends 'boolean' ? boolean : string;
type ValuesOf<Option extends CommandOption> = Option['multiple'] extends true ? ValueOf<Option>[] : ValueOf<Option>;

/** The words behind a subcommand. */
export interface CommandArguments<Options extends CommandOptions = CommandOptions> {
  /** What was given for each option; undefined for one that was not given and has no default. */
  readonly values: { readonly [Name in keyof Options]?: ValuesOf<Options[Name]> };
  /** Words that are no options, as many as {@link Command.operands} allows. */
  readonly operands: readonly string[];
}

/** What a subcommand works with. */
export interface CommandContext {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /**
   * Aborted by the first SIGINT or SIGTERM, or when nobody reads standard output any more, unless the command
   * {@link Command.outlivesReaders}. A command that rejects with its reason ends quietly, with the exit status that the shell
   * knows such an end by.
   */
  readonly signal: AbortSignal;
  /**
   * Opens the IPVS that `--netns` or `--fake` speak of, the same one each time. It is closed, and a changed file of `--fake`
   * written, when the command has ended, well or not.
   */
  open(options?: SessionOptions): Promise<Ipvs>;
  /** All subcommands, in the order of help. */
  commands(): Promise<readonly Command[]>;
}

/** A subcommand: `ipvs NAME ...`. `--netns`, `--fake` and `--help` are understood for each. */
export interface Command<Options extends CommandOptions = CommandOptions> {
  readonly name: string;
  /** The line of help that shows how it is called, without the program: `'info [--json]'`. */
  readonly synopsis: string;
  /** What it does, in a line without a full stop. */
  readonly summary: string;
  readonly options?: Options;
  /** How many operands it takes. Default none. */
  readonly operands?: readonly [least: number, most: number];
  /** What an operand may be, where it is one of a few; completed by shells. */
  readonly choices?: readonly string[];
  /** Whether it goes on when nobody reads standard output any more, since it is there to change something. */
  readonly outlivesReaders?: true;
  /** Returns the exit status. What it throws is printed as for every other command. */
  run(words: CommandArguments<Options>, context: CommandContext): Promise<number>;
}

/** A command whose `run` gets values of the types that its options have. */
export function defineCommand<const Options extends CommandOptions>(command: Command<Options>): Command {
  // Whoever runs it parses the values by the command's own options, which the list of commands cannot type.
  return command as unknown as Command;
}
