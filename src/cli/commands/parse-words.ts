import { type ParseArgsConfig, parseArgs } from 'node:util';
import { didYouMean } from '../../errors/known-properties.ts';
import { Failure } from '../failure.ts';
import type { Command, CommandArguments, CommandOption, CommandOptions } from './command.ts';

/** Reads the words behind a subcommand. Throws a Failure for an option that it does not have, or used wrongly. */
export function parseWords(
  words: readonly string[],
  options: CommandOptions,
  { synopsis, operands: [least, most] = [0, 0] }: Pick<Command, 'synopsis' | 'operands'>,
): CommandArguments {
  const config = { args: [...words], options: options as ParseArgsConfig['options'], allowPositionals: true };
  // node:util's own messages speak of positionals, so what is wrong is looked for first.
  for (const token of parseArgs({ ...config, strict: false, tokens: true }).tokens)
    if (token.kind === 'option') checkOption(token, options);
  const { values, positionals } = parseArgs(config);
  if (positionals.length < least) throw Failure.usage(`missing argument: ipvs ${synopsis}`);
  if (positionals.length > most) throw Failure.usage(`unexpected argument '${positionals[most]}'`);
  return { values: values as CommandArguments['values'], operands: positionals };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function checkOption({ name, rawName, value, inlineValue }: OptionToken, options: CommandOptions): void {
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (!option) throw unknownOption(rawName, options);
  if (option.type === 'boolean' && value !== undefined)
    throw Failure.usage(`${rawName}: unexpected argument '${value}'`);
  if (option.type === 'string' && isMissing(value, inlineValue))
    throw Failure.usage(`${rawName}: missing argument${operandOf(option)}`);
}

/** An argument of its own that begins with a dash is the next option; written behind `=` it may. */
function isMissing(value: string | undefined, inline: boolean | undefined): boolean {
  return value === undefined || (!inline && value.length > 1 && value.startsWith('-'));
}

function operandOf({ operand }: CommandOption): string {
  return operand ? ` ${operand}` : '';
}

function unknownOption(written: string, options: CommandOptions): Failure {
  const hint = didYouMean(
    written,
    Object.keys(options).map((name) => `--${name}`),
  );
  return Failure.usage(`unknown option '${written}'${hint ? ` (${hint})` : ''}`);
}
