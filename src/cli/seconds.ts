import { parseDuration } from '../config/shape/duration.ts';
import { Failure, status } from './failure.ts';

/** The operand of an option that takes a duration, in seconds, which a number without a unit means too. */
export function parseSeconds(option: string, operand: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(operand) ? Number(operand) : parseDuration(operand);
  if (seconds === undefined)
    throw new Failure(`${option}: must be a duration such as 60s or 5m, got '${operand}'`, status.input);
  return seconds;
}
