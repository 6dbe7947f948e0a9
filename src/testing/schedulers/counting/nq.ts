import { type ScheduledService, type Scheduler, takesMore } from '../scheduler.ts';
import { leastLoaded } from './least-loaded.ts';
import { expectedDelay } from './overhead.ts';

/** Never queue: the first destination without an active connection, else as `sed` (net/netfilter/ipvs/ip_vs_nq.c). */
export function nq({ destinations }: ScheduledService): Scheduler {
  return {
    schedule() {
      const list = destinations.list();
      const idle = list.find((destination) => destination.active === 0 && takesMore(destination));
      return idle ?? leastLoaded(list, expectedDelay);
    },
  };
}
