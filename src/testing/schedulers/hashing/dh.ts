import type { RealServer } from '../../servers/real-server.ts';
import { type ScheduledService, type Scheduler, takesMore } from '../scheduler.ts';
import { foldAddress, hash32 } from './address-hash.ts';

const TABLE_BITS = 8;

/**
 * Destination hashing: the address that a packet goes to decides, by a table that the destinations fill in turn, whatever
 * their weights (net/netfilter/ipvs/ip_vs_dh.c). No other stands in for one that takes no connections.
 */
export function dh({ identity: { family }, destinations }: ScheduledService): Scheduler {
  return {
    schedule({ destinationAddress }) {
      const list = destinations.list();
      const destination: RealServer | undefined =
        list[hash32(foldAddress(family, destinationAddress), TABLE_BITS) % list.length];
      return destination && takesMore(destination) ? destination : undefined;
    },
  };
}
