import type { RealServer } from '../../servers/real-server.ts';
import { type ScheduledService, type Scheduler, takesMore } from '../scheduler.ts';

/**
 * Round robin: the next destination in the list that takes connections (net/netfilter/ipvs/ip_vs_rr.c). When the last
 * chosen one is removed, its place is taken by the one before it.
 */
export function rr({ destinations }: ScheduledService): Scheduler {
  /** The destination chosen last; undefined is the head of the list. */
  let last: RealServer | undefined;
  return {
    schedule() {
      const list = destinations.list();
      const start = last ? list.indexOf(last) + 1 : 0;
      const chosen = list.slice(start).find(takesMore) ?? list.slice(0, start).find(takesMore);
      if (chosen) last = chosen;
      return chosen;
    },
    removing(destination) {
      if (destination !== last) return;
      const list = destinations.list();
      last = list[list.indexOf(destination) - 1];
    },
  };
}
