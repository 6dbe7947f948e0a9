import type { RealServer } from '../../servers/real-server.ts';
import type { ScheduledService, Scheduler } from '../scheduler.ts';
import { foldAddress, hash32 } from './address-hash.ts';
import { lookUp, portOf } from './look-up.ts';

const TABLE_BITS = 8;
const TABLE_SIZE = 1 << TABLE_BITS;

/**
 * Source hashing: the client's address decides, with the flag `sh-port` its port too, by a table in which each destination
 * fills as many entries in a row as its weight is (net/netfilter/ipvs/ip_vs_sh.c).
 */
export function sh(service: ScheduledService): Scheduler {
  const { identity, destinations } = service;
  let table: readonly RealServer[] | undefined;
  const changed = () => {
    table = undefined;
  };
  return {
    schedule(packet) {
      table ??= fill(destinations.list());
      const value = (portOf(packet, service) + foldAddress(identity.family, packet.sourceAddress)) | 0;
      const hash = hash32(value, TABLE_BITS);
      return lookUp(table, TABLE_SIZE, service, (offset) => (offset + hash) % TABLE_SIZE);
    },
    added: changed,
    removed: changed,
    updated: changed,
  };
}

/** ip_vs_sh_reassign; one of weight 0 has an entry all the same. */
function fill(destinations: readonly RealServer[]): readonly RealServer[] {
  const table: RealServer[] = [];
  while (destinations.length > 0 && table.length < TABLE_SIZE)
    for (const destination of destinations) {
      const entries = Math.min(Math.max(destination.setup.weight, 1), TABLE_SIZE - table.length);
      for (let i = 0; i < entries; i++) table.push(destination);
    }
  return table;
}
