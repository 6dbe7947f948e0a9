import { InputError } from '../../errors/input-error.ts';
import { TIMEOUT_NAMES } from '../../ipvs/model/timeouts.ts';
import { rulesGrammar } from './grammar.ts';
import type { ParsedCommand, ParsedOption } from './parse-command.ts';
import { type Fault, RulesError } from './rules-error.ts';

/** Runs what reads a line; an InputError comes out as a RulesError, with the option that said the wrong thing. */
export function located<T>(line: ParsedCommand, read: (line: ParsedCommand) => T): T {
  try {
    return read(line);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new RulesError(error.rule, error.value, error.path, faultOf(line, error.path));
  }
}

/** The option or the value that said a field, or a part of it; otherwise the option that is missing, or what said the whole. */
function faultOf({ command, given, values }: ParsedCommand, path: string): Fault {
  const field = path.replace('dormantP', 'p').replace('prefixLength', 'netmask'); // the same options say either
  const [, part] = [...given].find(([slot]) => slot.startsWith(`${field}.`)) ?? [];
  const said = given.get(field) ?? part ?? values[TIMEOUT_NAMES.findIndex((name) => field === `timeouts.${name}`)];
  if (said) return said;
  const asked = given.get(command) as ParsedOption;
  const missing = Object.entries(rulesGrammar.options).find(([, { slot }]) => slot === field);
  if (missing) return { ...asked, option: `${asked.option} without --${missing[0]}` };
  return given.get(field.replace(/\..*/, '')) ?? asked;
}
