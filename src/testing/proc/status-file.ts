import type { HashTable } from '../state/hash-table.ts';
import type { Namespace } from '../state/namespace.ts';

/** Threads of the estimator for each processor, and what one of them counts (include/net/ip_vs.h). */
const THREADS_PER_CPU = 4;
const CHAIN_FACTOR = 48;
const TICKS = 50;
/** Services and destinations in a chain of the estimator, which the kernel measures when it first needs them. */
const CHAIN_LENGTH = 149;
/** Buckets with as many entries or more are counted together. */
const LONGEST = 7;

/** `/proc/net/ip_vs_status` of 7.2 (net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_status_show). */
export function* statusFile(namespace: Namespace): Generator<string> {
  const { connectionTable, serviceTable, connections, services, sysctls } = namespace;
  yield `Conns:\t${connections.size}\n`;
  yield* buckets('Conn', connectionTable, connections.hashes());
  yield `Services:\t${services.size}\n`;
  yield* buckets('Service', serviceTable, services.hashes());
  const estimating = namespace.estimated;
  const chain = estimating ? CHAIN_LENGTH : 0;
  const threads = estimating ? THREADS_PER_CPU * (sysctls.estimatorCpus?.cpus.size ?? 1) : 0;
  yield `Stats thread slots:\t1 (max ${threads})\n`;
  yield `Stats chain max len:\t${chain}\n`;
  yield `Stats thread ests:\t${chain * CHAIN_FACTOR * TICKS}\n`;
}

function* buckets(name: string, table: HashTable, hashes: readonly number[]): Generator<string> {
  const { size, bits, loadFactor } = table;
  yield `${name} buckets:\t${size} (${bits} bits, lfactor ${loadFactor})\n`;
  if (hashes.length === 0) return;
  const lengths = new Array<number>(size).fill(0);
  for (const hash of hashes) lengths[hash & (size - 1)] = (lengths[hash & (size - 1)] ?? 0) + 1;
  const counts = new Array<number>(LONGEST + 1).fill(0);
  for (const length of lengths) counts[Math.min(length, LONGEST)] = (counts[Math.min(length, LONGEST)] ?? 0) + 1;
  const [empty = 0, ...filled] = counts;
  yield `${name} buckets empty:\t${empty} (${percent(empty, size)}%)\n`;
  for (const [i, count] of filled.entries())
    if (count > 0) yield `${name} buckets len-${i + 1}:\t${count} (${percent(count, size - empty)}%)\n`;
}

function percent(part: number, whole: number): number {
  return Math.floor((part * 100) / Math.max(whole, 1));
}
