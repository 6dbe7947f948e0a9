import { parseDuration } from '../../config/shape/duration.ts';
import type { DrainOptions } from '../../reconcile/index.ts';
import type { CommandOptions } from '../commands/command.ts';
import { Failure } from '../failure.ts';

export const drainOptions = {
  drain: { type: 'string', operand: 'DURATION', about: 'let connections end first, for so long: 60s, 5m' },
} as const satisfies CommandOptions;

/** How to drain: as the file says, with the deadline that `--drain` says instead, if any. */
export function drainWithin(deadline: number | undefined, drain: DrainOptions | undefined): DrainOptions | undefined {
  return deadline === undefined ? drain : { ...drain, deadline };
}

/** The operand of an option that takes a duration, in seconds, which a number without a unit means too. */
export function parseSeconds(option: string, operand: string | undefined): number | undefined {
  if (operand === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(operand) ? Number(operand) : parseDuration(operand);
  if (seconds === undefined) throw Failure.usage(`${option}: must be a duration such as 60s or 5m, got '${operand}'`);
  return seconds;
}
