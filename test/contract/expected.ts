import { inspect } from 'node:util';
import type { Destination, SchedulingState, Statistics } from '../../src/ipvs/index.ts';

/** Statistics of something that has seen no traffic. */
export const noTraffic: Statistics = {
  connections: 0n,
  incomingPackets: 0n,
  outgoingPackets: 0n,
  incomingBytes: 0n,
  outgoingBytes: 0n,
  connectionsPerSecond: 0,
  incomingPacketsPerSecond: 0,
  outgoingPacketsPerSecond: 0,
  incomingBytesPerSecond: 0,
  outgoingBytesPerSecond: 0,
};

/** What a destination that is new and idle is read as, where it does not differ. */
export const idle: Omit<Destination, 'address' | 'port'> = {
  forwarding: 'masquerade',
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
  activeConnections: 0,
  inactiveConnections: 0,
  persistentConnections: 0,
  statistics: noTraffic,
};

/** What a service that is new and plain is read as, where it does not differ. */
export const plain: SchedulingState = {
  scheduler: 'wlc',
  flags: {},
  statistics: noTraffic,
};

export const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
export const web6 = { protocol: 'tcp', address: '2001:db8::10', port: 80 } as const;

/** Sorts entries that are listed in no particular order, whatever the order of their properties. */
export function sorted<T>(entries: readonly T[]): T[] {
  const text = (entry: T) => inspect(entry, { depth: Infinity, sorted: true });
  return [...entries].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}
