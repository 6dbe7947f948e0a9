import type { RealServer } from '../../servers/real-server.ts';

/** An active connection counts as much as 256 inactive ones (include/net/ip_vs.h, ip_vs_dest_conn_overhead); an int, which wraps. */
export function overhead({ active, inactive }: RealServer): number {
  return ((active << 8) + inactive) | 0;
}

/** The connections that a server would have with one more, of active ones alone (ip_vs_sed.c, ip_vs_sed_dest_overhead). */
export function expectedDelay({ active }: RealServer): number {
  return (active + 1) | 0;
}

/** True if `load / weight` is greater than `otherLoad / otherWeight`, in whole numbers of 64 bits as the kernel compares them. */
export function isHeavier(load: number, weight: number, otherLoad: number, otherWeight: number): boolean {
  const [one, other] = [load * otherWeight, otherLoad * weight];
  if (Number.isSafeInteger(one) && Number.isSafeInteger(other)) return one > other;
  return BigInt(load) * BigInt(otherWeight) > BigInt(otherLoad) * BigInt(weight);
}
