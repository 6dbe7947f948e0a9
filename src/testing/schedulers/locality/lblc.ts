import type { RealServer } from '../../servers/real-server.ts';
import { leastLoaded } from '../counting/least-loaded.ts';
import { overhead } from '../counting/overhead.ts';
import { foldAddress } from '../hashing/address-hash.ts';
import type { ScheduledService, Scheduler, Surroundings } from '../scheduler.ts';
import { hasIdlerPeer } from './locality.ts';
import { LocalityCache } from './locality-cache.ts';

/**
 * Locality-based least connections: what goes to one address goes to one destination, chosen as `wlc` does and kept while it
 * is there, takes connections and has not too many (net/netfilter/ipvs/ip_vs_lblc.c). An overloaded one is kept too.
 */
export function lblc({ identity, destinations }: ScheduledService, surroundings: Surroundings): Scheduler {
  const cache = new LocalityCache<RealServer>(surroundings, 'lblc_expiration', (each) => {
    each.held--;
  });
  return {
    schedule({ destinationAddress }) {
      const list = destinations.list();
      const known = cache.get(destinationAddress);
      if (known?.available && known.setup.weight > 0 && !hasIdlerPeer(known, list)) return known;
      const chosen = leastLoaded(list, overhead);
      if (!chosen || chosen === known) return chosen;
      chosen.held++;
      cache.set(destinationAddress, foldAddress(identity.family, destinationAddress), chosen);
      return chosen;
    },
    end: () => cache.clear(),
    get due() {
      return cache.due;
    },
    tick: () => cache.check(),
  };
}
