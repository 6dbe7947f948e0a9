import type { ScheduledService, Scheduler } from '../scheduler.ts';
import { leastLoaded } from './least-loaded.ts';
import { expectedDelay } from './overhead.ts';

/** Shortest expected delay: the destination that will have the fewest active connections for its weight (net/netfilter/ipvs/ip_vs_sed.c). */
export function sed({ destinations }: ScheduledService): Scheduler {
  return { schedule: () => leastLoaded(destinations.list(), expectedDelay) };
}
