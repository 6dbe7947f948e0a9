import type { RealServer } from '../../servers/real-server.ts';
import { greatestCommonDivisor } from '../greatest-common-divisor.ts';
import type { ScheduledService, Scheduler } from '../scheduler.ts';

/**
 * Weighted round robin: rounds through the list, the first of them for destinations of the greatest weight alone, each
 * next one for smaller weights too, by steps of the weights' greatest common divisor (net/netfilter/ipvs/ip_vs_wrr.c).
 * Whatever is added, removed or changed sends it back to the head of the list, in the round it was in.
 */
export function wrr({ destinations }: ScheduledService): Scheduler {
  /** The destination chosen last; undefined is the head of the list. */
  let last: RealServer | undefined;
  let greatest = 0;
  let divisor = 0;
  let required = 0;

  const step = () => divisor || 1;
  /** Reduced so that the last round requires a weight of 1. */
  const first = () => greatest - (step() - 1);

  const include = ({ setup: { weight } }: RealServer) => {
    greatest = Math.max(greatest, weight);
    if (weight > 0) divisor = greatestCommonDivisor(weight, divisor);
  };
  const measure = () => {
    [greatest, divisor] = [0, 0];
    for (const destination of destinations.list()) include(destination);
  };
  const restart = () => {
    last = undefined;
    if (required > first() || required === 0) required = first();
    else if (step() > 1) required = Math.trunc(required / step()) * step() + 1;
  };
  const changed = () => {
    measure();
    restart();
  };

  measure();
  required = first();
  return {
    schedule() {
      if (first() === 0) return undefined;
      const list = destinations.list();
      const origin = last;
      let stop: RealServer | undefined;
      let at = origin ? list.indexOf(origin) : -1;
      let [lastRound, restarted] = [false, false];
      for (;;) {
        for (at++; at < list.length; at++) {
          const destination = list[at] as RealServer;
          if (!destination.overloaded && destination.setup.weight >= required) {
            last = destination;
            return destination;
          }
          if (destination === stop) {
            last = destination;
            return undefined;
          }
        }
        at = -1;
        required -= step();
        if (required <= 0) {
          required = first();
          if (lastRound || !origin) {
            last = undefined;
            return undefined;
          }
          restarted = true;
        }
        lastRound = required <= step();
        // The first pass for any weight began behind `origin`; what is up to there is still to be asked.
        if (lastRound && restarted) stop = origin;
      }
    },
    added(destination) {
      include(destination);
      restart();
    },
    removed: changed,
    updated: changed,
  };
}
