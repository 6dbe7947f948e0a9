import type { RealServer } from '../../servers/real-server.ts';
import { type ScheduledService, type Scheduler, takesMore } from '../scheduler.ts';
import { overhead } from './overhead.ts';

/** Least connections: the destination with the fewest, whatever its weight (net/netfilter/ipvs/ip_vs_lc.c). */
export function lc({ destinations }: ScheduledService): Scheduler {
  return {
    schedule() {
      let least: RealServer | undefined;
      for (const destination of destinations.list())
        if (takesMore(destination) && (!least || load(destination) < load(least))) least = destination;
      return least;
    },
  };
}

/** Here the kernel compares without a sign. */
function load(destination: RealServer): number {
  return overhead(destination) >>> 0;
}
