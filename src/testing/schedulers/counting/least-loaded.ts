import type { RealServer } from '../../servers/real-server.ts';
import { takesMore } from '../scheduler.ts';
import { isHeavier } from './overhead.ts';

/**
 * The destination of the least load for its weight, the first of several (ip_vs_wlc.c, ip_vs_wlc_schedule). One of weight 0
 * is never lighter than another.
 */
export function leastLoaded(
  destinations: readonly RealServer[],
  load: (destination: RealServer) => number,
): RealServer | undefined {
  let least: RealServer | undefined;
  let leastLoad = 0;
  for (const destination of destinations) {
    if (!takesMore(destination)) continue;
    const itsLoad = load(destination);
    if (least && !isHeavier(leastLoad, least.setup.weight, itsLoad, destination.setup.weight)) continue;
    [least, leastLoad] = [destination, itsLoad];
  }
  return least;
}
