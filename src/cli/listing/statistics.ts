import type { Statistics } from '../../ipvs/index.ts';
import { formatLargeNumber as large } from './large-number.ts';

/** What passed, in five columns. */
export function totalCells(totals: Statistics, exact?: boolean): string {
  const packets = large(totals.incomingPackets, exact) + large(totals.outgoingPackets, exact);
  const bytes = large(totals.incomingBytes, exact) + large(totals.outgoingBytes, exact);
  return large(totals.connections, exact) + packets + bytes;
}

/**
 * What passes every second, in five columns.
 * @param exact numbers in full
 * @param exactCounts the first three in full: ipvsadm never shortens those of a destination
 */
export function rateCells(rates: Statistics, exact?: boolean, exactCounts = exact): string {
  const incoming = large(rates.incomingPacketsPerSecond, exactCounts);
  const packets = incoming + large(rates.outgoingPacketsPerSecond, exactCounts);
  const bytes = large(rates.incomingBytesPerSecond, exact) + large(rates.outgoingBytesPerSecond, exact);
  return large(rates.connectionsPerSecond, exactCounts) + packets + bytes;
}
