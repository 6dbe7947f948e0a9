import type { RealServer } from '../../servers/real-server.ts';
import { type ScheduledService, type Scheduler, takesMore } from '../scheduler.ts';

/** Failover: always the destination of the greatest weight (net/netfilter/ipvs/ip_vs_fo.c). */
export function fo({ destinations }: ScheduledService): Scheduler {
  return { schedule: () => greatest(destinations.list().filter(takesMore)) };
}

/** The destination of the greatest weight, the first of several. */
export function greatest(destinations: readonly RealServer[]): RealServer | undefined {
  let found: RealServer | undefined;
  for (const destination of destinations)
    if (!found || destination.setup.weight > found.setup.weight) found = destination;
  return found;
}
