import { setTimeout } from 'node:timers/promises';
import { IpvsError } from '../../../../src/ipvs/index.ts';
import type { Life } from '../life.ts';

const ATTEMPTS = 20;
const PAUSE_MS = 25;

/**
 * Does something again while Linux refuses a scheduler that another process is loading at that moment, as Linux 7.2 does:
 * docs/reliability.md. Gives the refusals that remain.
 */
export async function untilLoaded<T extends { readonly error?: unknown }>(
  life: Life,
  attempt: () => Promise<readonly T[]>,
): Promise<readonly T[]> {
  for (let left = ATTEMPTS; ; left--) {
    const refusals = await attempt();
    if (left === 1 || !refusals.some(({ error }) => isMissingScheduler(error))) return refusals;
    life.count('refused while a scheduler was being loaded');
    await setTimeout(PAUSE_MS);
  }
}

function isMissingScheduler(error: unknown): boolean {
  return error instanceof IpvsError && error.reason === 'no-such-scheduler';
}
