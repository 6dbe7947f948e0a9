import type { Infer } from '../../netlink/index.ts';
import type { statistics64 } from '../wire/tables.ts';

/**
 * What passed through a service or a destination since it was made or last zeroed, and at what rate.
 *
 * The kernel brings all of it up to date every 2 seconds, totals too (`ip_vs_est.c`); with the sysctl
 * `net.ipv4.vs.run_estimation` 0 it stands still. Rates are exponential averages.
 */
export interface Statistics {
  /** Connections scheduled; every packet of a one-packet service. */
  readonly connections: bigint;
  /** Packets from clients. */
  readonly incomingPackets: bigint;
  /** Packets to clients, of those that pass through this machine: masqueraded ones. */
  readonly outgoingPackets: bigint;
  /** Bytes from clients, IP headers included. */
  readonly incomingBytes: bigint;
  /** Bytes to clients, of packets that pass through this machine, IP headers included. */
  readonly outgoingBytes: bigint;
  readonly connectionsPerSecond: number;
  readonly incomingPacketsPerSecond: number;
  readonly outgoingPacketsPerSecond: number;
  readonly incomingBytesPerSecond: number;
  readonly outgoingBytesPerSecond: number;
}

const none: Statistics = {
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

/** The statistics of an entry; zeros where the kernel sent none (before 4.1). */
export function decodeStatistics(fields: Infer<typeof statistics64> | undefined): Statistics {
  return fields ?? { ...none };
}
