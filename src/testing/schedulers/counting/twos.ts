import type { RealServer } from '../../servers/real-server.ts';
import { type ScheduledService, type Scheduler, type Surroundings, takesMore } from '../scheduler.ts';
import { overhead } from './overhead.ts';

/**
 * Power of two choices: of two destinations chosen at random by their weights the less loaded (net/netfilter/ipvs/ip_vs_twos.c).
 * The first in the list is chosen a little more often than its weight says, since 0 counts as its share too.
 */
export function twos({ destinations }: ScheduledService, surroundings: Surroundings): Scheduler {
  return {
    schedule() {
      const list = destinations.list().filter(takesMore);
      const total = list.reduce((sum, { setup }) => (sum + setup.weight) | 0, 0);
      const draw = () => pick(list, Math.floor(surroundings.random() * (total + 1)));
      const [one, other] = [draw(), draw()];
      if (!one || !other) return one ?? other ?? list.at(-1);
      const heavier = Math.imul(other.setup.weight, overhead(one)) > Math.imul(one.setup.weight, overhead(other));
      return heavier ? other : one;
    },
  };
}

/** The destination whose share of the sum of all weights a number falls into. */
function pick(list: readonly RealServer[], number: number): RealServer | undefined {
  let rest = number;
  return list.find(({ setup }) => {
    rest -= setup.weight;
    return rest <= 0;
  });
}
