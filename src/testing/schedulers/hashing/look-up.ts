import type { RealServer } from '../../servers/real-server.ts';
import { type Packet, type ScheduledService, takesMore } from '../scheduler.ts';

/** `IP_VS_SVC_F_SCHED_SH_FALLBACK` and `IP_VS_SVC_F_SCHED_MH_FALLBACK`. */
const FALLBACK = 0x8;
/** `IP_VS_SVC_F_SCHED_SH_PORT` and `IP_VS_SVC_F_SCHED_MH_PORT`. */
const PORT = 0x10;

/** The port that goes into the hash of a client: none, but for a flag of the service. */
export function portOf({ sourcePort }: Packet, { flags }: ScheduledService): number {
  return flags & PORT ? sourcePort : 0;
}

/**
 * The destination in a table of hashes; where that takes no connections and the service has the flag for it, another, found by
 * hashing again with offsets (ip_vs_sh.c, ip_vs_sh_get_fallback; ip_vs_mh.c, ip_vs_mh_get_fallback).
 * @param hash the entry for an offset
 */
export function lookUp(
  table: readonly (RealServer | undefined)[],
  size: number,
  { flags }: ScheduledService,
  hash: (offset: number) => number,
): RealServer | undefined {
  const first = hash(0);
  const destination = table[first];
  if (!destination || takesMore(destination)) return destination;
  if (!(flags & FALLBACK)) return undefined;
  for (let offset = 0; offset < size; offset++) {
    const other = table[hash((first + offset) % size)];
    if (!other || takesMore(other)) return other;
  }
  return undefined;
}
