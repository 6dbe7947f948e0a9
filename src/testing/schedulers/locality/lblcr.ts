import type { RealServer } from '../../servers/real-server.ts';
import { leastLoaded } from '../counting/least-loaded.ts';
import { isHeavier, overhead } from '../counting/overhead.ts';
import { foldAddress } from '../hashing/address-hash.ts';
import type { ScheduledService, Scheduler, Surroundings } from '../scheduler.ts';
import { hasIdlerPeer } from './locality.ts';
import { LocalityCache } from './locality-cache.ts';

const EXPIRATION = 'lblcr_expiration';

/** The destinations of an address, the newest first (`struct ip_vs_dest_set`). */
interface DestinationSet {
  members: readonly RealServer[];
  lastChange: number;
}

/**
 * Locality-based least connections with replication: as `lblc`, but an address whose destination has too many connections gets
 * another one besides; a set that did not change for long loses its most loaded (net/netfilter/ipvs/ip_vs_lblcr.c).
 */
export function lblcr({ identity, destinations }: ScheduledService, surroundings: Surroundings): Scheduler {
  const cache = new LocalityCache<DestinationSet>(surroundings, EXPIRATION, ({ members }) => {
    for (const each of members) each.held--;
  });
  const change = (set: DestinationSet, members: readonly RealServer[]) => {
    set.members = members;
    set.lastChange = surroundings.now;
  };
  const include = (set: DestinationSet, destination: RealServer) => {
    if (set.members.includes(destination)) return;
    destination.held++;
    change(set, [destination, ...set.members]);
  };
  const shrink = (set: DestinationSet) => {
    if (set.members.length < 2 || surroundings.now <= set.lastChange + surroundings.sysctl(EXPIRATION)) return;
    const most = mostLoaded(set.members);
    if (!most) return;
    most.held--;
    change(
      set,
      set.members.filter((each) => each !== most),
    );
  };
  return {
    schedule({ destinationAddress }) {
      const list = destinations.list();
      const set = cache.get(destinationAddress);
      const known = set && leastOf(set.members);
      if (set) shrink(set);
      if (known && !hasIdlerPeer(known, list)) return known;
      const chosen = leastLoaded(list, overhead);
      if (!chosen) return undefined;
      if (set) include(set, chosen);
      else {
        const made = { members: [], lastChange: surroundings.now };
        include(made, chosen);
        cache.set(destinationAddress, foldAddress(identity.family, destinationAddress), made);
      }
      return chosen;
    },
    end: () => cache.clear(),
    get due() {
      return cache.due;
    },
    tick: () => cache.check(),
  };
}

/** The least loaded that takes connections and is there (ip_vs_dest_set_min). */
function leastOf(members: readonly RealServer[]): RealServer | undefined {
  return leastLoaded(
    members.filter(({ available }) => available),
    overhead,
  );
}

/** The most loaded of those with a weight, the first of several (ip_vs_dest_set_max). */
function mostLoaded(members: readonly RealServer[]): RealServer | undefined {
  let most: RealServer | undefined;
  for (const each of members) {
    if (each.setup.weight === 0) continue;
    if (!most || isHeavier(overhead(each), each.setup.weight, overhead(most), most.setup.weight)) most = each;
  }
  return most;
}
