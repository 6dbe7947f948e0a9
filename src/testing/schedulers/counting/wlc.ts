import type { ScheduledService, Scheduler } from '../scheduler.ts';
import { leastLoaded } from './least-loaded.ts';
import { overhead } from './overhead.ts';

/** Weighted least connections: the destination with the fewest for its weight (net/netfilter/ipvs/ip_vs_wlc.c). */
export function wlc({ destinations }: ScheduledService): Scheduler {
  return { schedule: () => leastLoaded(destinations.list(), overhead) };
}
