import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Ipvs } from '../../../src/ipvs/index.ts';
import { isAtLeast } from './kernel-version.ts';

/** Four estimates, of which there is one every two seconds (net/netfilter/ipvs/ip_vs_est.c): a low rate stays for some. */
const ESTIMATES = 8000;

/** Whether a kernel's estimator can be suspended, so that rates stay as they are (`run_estimation`, since 5.15). */
export function hasSteadyRates(kernel: string): boolean {
  return isAtLeast(kernel, '6.1');
}

/** Keeps rates as they are, so that two listings can be compared. Where the estimator cannot be suspended, waits until they are all but 0. */
export async function freezeEstimates(ipvs: Ipvs): Promise<void> {
  if ((await ipvs.sysctls()).run_estimation !== undefined) return ipvs.setSysctls({ run_estimation: false });
  for (let [before, attempt] = [await allStatistics(ipvs), 0]; attempt < 20; attempt++) {
    await setTimeout(ESTIMATES);
    const now = await allStatistics(ipvs);
    if (isDeepStrictEqual(before, now)) return;
    before = now;
  }
  throw new Error('The rates have not come to rest');
}

async function allStatistics(ipvs: Ipvs): Promise<unknown[]> {
  const all: unknown[] = [await ipvs.statistics()];
  for await (const { service, destinations } of ipvs.table())
    all.push(service.statistics, ...destinations.map(({ statistics }) => statistics));
  return all;
}
