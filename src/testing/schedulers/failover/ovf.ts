import { type ScheduledService, type Scheduler, takesMore } from '../scheduler.ts';
import { greatest } from './fo.ts';

/** Overflow: the destination of the greatest weight that has no more active connections than its weight (net/netfilter/ipvs/ip_vs_ovf.c). */
export function ovf({ destinations }: ScheduledService): Scheduler {
  return {
    schedule: () => greatest(destinations.list().filter((each) => takesMore(each) && each.active <= each.setup.weight)),
  };
}
