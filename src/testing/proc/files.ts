import { Refused } from '../netlink/refused.ts';
import type { Namespace } from '../state/namespace.ts';
import { connectionFile, synchronisedConnectionFile } from './connection-files.ts';
import { serviceFile } from './service-file.ts';
import { perCpuStatisticsFile, statisticsFile } from './statistics-files.ts';
import { statusFile } from './status-file.ts';

const NET = '/proc/net/';
const SYSCTL = '/proc/sys/net/ipv4/vs/';

/** A file of /proc. */
export interface ProcFile {
  /** Permission bits: `0o444`. */
  readonly mode: number;
  read(): Iterable<string>;
  /** Throws Refused. */
  write(text: string): void;
}

/** The file of a path, as a namespace has it; undefined where the kernel has none. */
export function procFile(namespace: Namespace, path: string): ProcFile | undefined {
  if (path.startsWith(SYSCTL)) return sysctlFile(namespace, path.slice(SYSCTL.length));
  return path.startsWith(NET) ? netFile(namespace, path.slice(NET.length)) : undefined;
}

function netFile(namespace: Namespace, name: string): ProcFile | undefined {
  const file = Object.hasOwn(netFiles, name) ? netFiles[name] : undefined;
  if (!file || (file.since && !namespace.traits.ownTables)) return undefined;
  const { mode = 0o444, refusal, show } = file;
  return {
    mode,
    read: () => show(namespace),
    write() {
      throw new Refused(refusal);
    },
  };
}

interface NetFile {
  readonly mode?: number;
  /** The version that the file came with. */
  readonly since?: '7.2';
  /** The errno of a write: a sequence cannot be opened for writing (proc_net.c, seq_open_net), a single record has no handler. */
  readonly refusal: 'EACCES' | 'EIO';
  show(namespace: Namespace): Iterable<string>;
}

const netFiles: Readonly<Record<string, NetFile>> = {
  ip_vs: { refusal: 'EACCES', show: serviceFile },
  ip_vs_app: { refusal: 'EACCES', show: () => ['prot port    usecnt name\n'] },
  ip_vs_conn: { refusal: 'EACCES', show: connectionFile },
  ip_vs_conn_sync: { refusal: 'EACCES', show: synchronisedConnectionFile },
  ip_vs_stats: { refusal: 'EIO', show: statisticsFile },
  ip_vs_stats_percpu: { refusal: 'EIO', show: perCpuStatisticsFile },
  ip_vs_status: { refusal: 'EIO', show: statusFile, mode: 0o440, since: '7.2' },
};

function sysctlFile({ sysctls }: Namespace, name: string): ProcFile | undefined {
  const sysctl = sysctls.files.get(name);
  return sysctl && { mode: 0o644, read: () => [sysctl.read()], write: (text) => sysctl.write(text) };
}
