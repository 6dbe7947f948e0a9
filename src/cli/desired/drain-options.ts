import type { DrainOptions } from '../../reconcile/index.ts';
import type { CommandOptions } from '../commands/command.ts';
import { parseSeconds } from '../seconds.ts';

export const drainOptions = {
  drain: { type: 'string', operand: 'DURATION', about: 'let connections end first, for so long: 60s, 5m' },
} as const satisfies CommandOptions;

/** The deadline that `--drain` says. */
export function parseDrain({ drain }: { readonly drain?: string | undefined }): number | undefined {
  return drain === undefined ? undefined : parseSeconds('--drain', drain);
}

/** How to drain: as the file says, with the deadline that `--drain` says instead, if any. */
export function drainWithin(deadline: number | undefined, drain: DrainOptions | undefined): DrainOptions | undefined {
  return deadline === undefined ? drain : { ...drain, deadline };
}
