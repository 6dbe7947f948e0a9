import { WireError } from '../../errors/wire-error.ts';
import { type Kernel, readText } from '../../linux/kernel.ts';
import type { CpuStatistics, Statistics } from '../model/statistics.ts';

const TOTALS = '/proc/net/ip_vs_stats';
const PER_CPU = '/proc/net/ip_vs_stats_percpu';

type Counters = Omit<CpuStatistics, 'cpu'>;

/** The totals of the namespace (`ip_vs_stats_show`). */
export async function readTotals(kernel: Kernel): Promise<Statistics> {
  const rows = hexRows(await readText(kernel, TOTALS));
  const [counters, rates] = rows;
  if (rows.length !== 2 || counters?.length !== 5 || rates?.length !== 5) throw unreadable(TOTALS);
  const [connections = 0, incomingPackets = 0, outgoingPackets = 0, incomingBytes = 0, outgoingBytes = 0] =
    rates.map(Number);
  return {
    ...toCounters(counters),
    connectionsPerSecond: connections,
    incomingPacketsPerSecond: incomingPackets,
    outgoingPacketsPerSecond: outgoingPackets,
    incomingBytesPerSecond: incomingBytes,
    outgoingBytesPerSecond: outgoingBytes,
  };
}

/** The counters of each CPU (`ip_vs_stats_percpu_show`). */
export async function readCpuTotals(kernel: Kernel): Promise<CpuStatistics[]> {
  // Five columns are the estimator's rates; the row `~` is no CPU.
  const rows = hexRows(await readText(kernel, PER_CPU)).filter(({ length }) => length !== 5);
  if (rows.length === 0 || rows.some(({ length }) => length !== 6)) throw unreadable(PER_CPU);
  return rows.map(([cpu, ...counters]) => ({ cpu: Number(cpu), ...toCounters(counters) }));
}

function toCounters(values: readonly bigint[]): Counters {
  const [connections = 0n, incomingPackets = 0n, outgoingPackets = 0n, incomingBytes = 0n, outgoingBytes = 0n] = values;
  return { connections, incomingPackets, outgoingPackets, incomingBytes, outgoingBytes };
}

/** The lines that are all hexadecimal numbers, which the titles are not. */
function hexRows(text: string): bigint[][] {
  return text
    .split('\n')
    .map((line) => line.split(' ').filter(Boolean))
    .filter((words) => words.length > 0 && words.every((word) => /^[\dA-F]+$/.test(word)))
    .map((words) => words.map((word) => BigInt(`0x${word}`)));
}

function unreadable(path: string): WireError {
  return new WireError('has rows of another shape than the kernel prints', path);
}
