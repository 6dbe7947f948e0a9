import type { Infer } from '../../netlink/index.ts';
import type { statistics32, statistics64 } from '../wire/tables.ts';
import { present } from './validate.ts';

/**
 * Traffic of a service or a destination since it was added or last zeroed, and its rates.
 *
 * The kernel brings all of it up to date every 2 seconds, totals too (`ip_vs_est.c`, `estimation_timer`, since Linux 6.2
 * `ip_vs_chain_estimation`); with the sysctl `net.ipv4.vs.run_estimation` 0 it stands still. Totals have 64 bits and wrap;
 * before Linux 4.1 those of connections and packets have 32. Rates are exponential averages, with a weight of
 * 1/4 every 2 seconds. JSON needs {@link jsonReplacer} for totals.
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
  /** Connections scheduled per second. */
  readonly connectionsPerSecond: number;
  /** Packets from clients per second. */
  readonly incomingPacketsPerSecond: number;
  /** Packets to clients per second, of those that pass through this machine. */
  readonly outgoingPacketsPerSecond: number;
  /** Bytes from clients per second. */
  readonly incomingBytesPerSecond: number;
  /** Bytes to clients per second, of packets that pass through this machine. */
  readonly outgoingBytesPerSecond: number;
}

/** Statistics as an entry carries them: before Linux 4.1 with 32 bits, but for bytes. */
interface StatisticsFields {
  readonly statistics?: Infer<typeof statistics64> | undefined;
  readonly statistics32?: Infer<typeof statistics32> | undefined;
}

/** The statistics of an entry. */
export function decodeStatistics(entry: string, { statistics, statistics32 }: StatisticsFields): Statistics {
  if (statistics !== undefined) return statistics;
  const narrow = present(`${entry}.statistics`, statistics32);
  return {
    ...narrow,
    connections: BigInt(narrow.connections),
    incomingPackets: BigInt(narrow.incomingPackets),
    outgoingPackets: BigInt(narrow.outgoingPackets),
  };
}

/** What passed through one CPU since IPVS was loaded. It counts at once, is never zeroed, and has no rates. */
export interface CpuStatistics
  extends Pick<Statistics, 'connections' | 'incomingPackets' | 'outgoingPackets' | 'incomingBytes' | 'outgoingBytes'> {
  /** Number of the CPU; every possible one is listed. */
  readonly cpu: number;
}
