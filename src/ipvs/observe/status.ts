import { SystemError } from '../../errors/system-error.ts';
import { WireError } from '../../errors/wire-error.ts';
import { type Kernel, readText } from '../../linux/kernel.ts';

/** How full a hash table of the namespace is. */
export interface TableStatus {
  /** Buckets; 0 before the table is first needed. */
  readonly buckets: number;
  /** Binary logarithm of how many entries a bucket may have on average: `net.ipv4.vs.conn_lfactor`, `svc_lfactor`. */
  readonly loadFactor: number;
  /** Buckets by the number of entries in them, the empty ones first; the last has that many or more. */
  readonly lengths: readonly BucketCount[];
}

/** How many buckets have a number of entries. */
export interface BucketCount {
  /** Entries in a bucket; of the last count this many or more. */
  readonly length: number;
  /** Number of such buckets. */
  readonly buckets: number;
}

/** State of IPVS in a namespace, `/proc/net/ip_vs_status` of Linux 7.2 and later. */
export interface Status {
  /** Connections, persistence templates included. */
  readonly connections: number;
  /** The connection table, in which each connection is twice, once for either direction. */
  readonly connectionTable: TableStatus;
  /** Services. */
  readonly services: number;
  /** The table of services. */
  readonly serviceTable: TableStatus;
  /** The threads that bring statistics up to date. */
  readonly estimator: {
    /** Places for threads that bring statistics up to date. */
    readonly threads: number;
    /** How many threads there can be. */
    readonly maxThreads: number;
    /** Entries in a chain, at most, as the machine's speed allows; 0 until it was measured. */
    readonly maxChainLength: number;
    /** Services and destinations that one thread can serve. */
    readonly entriesPerThread: number;
  };
}

const PATH = '/proc/net/ip_vs_status';

/** The state of IPVS (`ip_vs_status_show`); undefined where the kernel does not tell it. */
export async function readStatus(kernel: Kernel): Promise<Status | undefined> {
  try {
    return parseStatus(await readText(kernel, PATH));
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseStatus(text: string): Status {
  const lines = new Map(text.split('\n').map((line) => line.split(':\t') as [name: string, value: string]));
  const [threads, maxThreads] = numbers(lines, 'Stats thread slots', /^(\d+) \(max (\d+)\)$/);
  return {
    connections: numbers(lines, 'Conns')[0],
    connectionTable: tableStatus(lines, 'Conn'),
    services: numbers(lines, 'Services')[0],
    serviceTable: tableStatus(lines, 'Service'),
    estimator: {
      threads,
      maxThreads,
      maxChainLength: numbers(lines, 'Stats chain max len')[0],
      entriesPerThread: numbers(lines, 'Stats thread ests')[0],
    },
  };
}

function tableStatus(lines: ReadonlyMap<string, string>, table: string): TableStatus {
  const [buckets, , loadFactor] = numbers(lines, `${table} buckets`, /^(\d+) \((\d+) bits, lfactor (-?\d+)\)$/);
  const prefix = `${table} buckets `;
  const lengths = [...lines.keys()]
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({
      length: name === `${prefix}empty` ? 0 : Number(name.slice(`${prefix}len-`.length)),
      buckets: numbers(lines, name, /^(\d+) \(\d+%\)$/)[0],
    }));
  return { buckets, loadFactor, lengths };
}

function numbers(lines: ReadonlyMap<string, string>, name: string, shape = /^(\d+)$/): [number, number, number] {
  const found = shape.exec(lines.get(name) ?? '');
  if (!found) throw new WireError(`has no '${name}' as the kernel prints it`, PATH);
  const [, first, second, third] = found;
  return [Number(first), Number(second), Number(third)];
}
