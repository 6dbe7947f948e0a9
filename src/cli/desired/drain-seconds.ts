import type { CommandOptions } from '../commands/command.ts';
import { Failure } from '../failure.ts';

export const drainOptions = {
  drain: { type: 'string', operand: 'SECONDS', about: 'let connections end first, for so long: 60, 60s, 5m' },
} as const satisfies CommandOptions;

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };

/** A duration as people write it, in seconds. */
export function drainSeconds(duration: string | undefined, option = '--drain'): number | undefined {
  if (duration === undefined) return undefined;
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([smh]?)$/.exec(duration) ?? [];
  if (number === undefined) throw Failure.usage(`${option}: must be a duration such as 60s or 5m, got '${duration}'`);
  return Number(number) * (UNITS[unit] ?? 1);
}
