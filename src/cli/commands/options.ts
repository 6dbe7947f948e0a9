import { placeOptions } from '../session/place.ts';
import type { Command, CommandOptions } from './command.ts';

/** Understood by every subcommand. */
const shared: CommandOptions = {
  netns: { type: 'string', operand: placeOptions.netns, about: 'work in another network namespace' },
  fake: { type: 'string', operand: placeOptions.fake, about: 'work on a rules file with a kernel in memory' },
  help: { type: 'boolean', short: 'h', about: 'print this' },
};

/** The options of a subcommand, its own and those of all. */
export function commandOptions({ options }: Command): CommandOptions {
  return { ...options, ...shared };
}
