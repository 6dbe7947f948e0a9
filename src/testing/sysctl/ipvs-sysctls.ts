import { type CpuListSysctl, cpuList } from './cpu-list.ts';
import { integer, integers, mapped, type NumberSysctl, type Sysctl, seconds, unsignedLong } from './handlers.ts';

/** Pages of memory that are free, of a machine of some 3 GiB. */
const FREE_PAGES = 718_848;

const DAY = 86_400;

/** The properties of a kernel that decide which settings it has. */
export interface SysctlTraits {
  /** Ticks of the kernel's clock in a second. */
  readonly hz: number;
  /** Processors of the machine. */
  readonly cpus: number;
  /** 5.10 takes a negative unsigned long for nothing written (kernel/sysctl.c, __do_proc_doulongvec_minmax). */
  readonly ignoresNegativeLongs: boolean;
  /** Since 5.15 the estimator can be suspended. */
  readonly runEstimation: boolean;
  /** Since 6.2 the estimator runs in threads of its own. */
  readonly estimatorThreads: boolean;
  /** From 7.2 on tables grow and shrink by a load factor. */
  readonly ownTables: boolean;
}

/** The settings of a network namespace, `net.ipv4.vs.*`, and those that the rest of the fake asks for. */
export interface IpvsSysctls {
  readonly files: Map<string, Sysctl>;
  /** The number that a setting is; 0 for one that is none, or that the version does not have. */
  value(name: string): number;
  readonly runEstimation: NumberSysctl | undefined;
  readonly estimatorCpus: CpuListSysctl | undefined;
  readonly connectionLoadFactor: NumberSysctl | undefined;
  readonly serviceLoadFactor: NumberSysctl | undefined;
  readonly maxConnections: NumberSysctl | undefined;
}

/** net/netfilter/ipvs/ip_vs_ctl.c, vs_vars and ip_vs_control_net_init_sysctl. */
export function ipvsSysctls(traits: SysctlTraits): IpvsSysctls {
  const { hz, cpus, ignoresNegativeLongs, runEstimation, estimatorThreads, ownTables } = traits;
  const named = {
    memoryThreshold: integer(1024),
    runEstimation: runEstimation ? integer(1) : undefined,
    estimatorCpus: estimatorThreads ? cpuList(cpus) : undefined,
    connectionLoadFactor: ownTables ? integer(-2, -8, 8) : undefined,
    serviceLoadFactor: ownTables ? integer(-2, -8, 8) : undefined,
    maxConnections: ownTables ? integer(2 ** 30, 0, 2 ** 30) : undefined,
  };
  const all: Readonly<Record<string, Sysctl | undefined>> = {
    am_droprate: integer(10),
    amemthresh: named.memoryThreshold,
    backup_only: integer(0),
    cache_bypass: integer(0),
    conn_lfactor: named.connectionLoadFactor,
    conn_max: named.maxConnections,
    conn_reuse_mode: integer(1),
    conntrack: integer(0),
    drop_entry: defenseMode(named.memoryThreshold),
    drop_packet: defenseMode(named.memoryThreshold),
    est_cpulist: named.estimatorCpus,
    est_nice: estimatorThreads ? integer(0, -20, 19) : undefined,
    expire_nodest_conn: integer(0),
    expire_quiescent_template: integer(0),
    ignore_tunneled: integer(0),
    nat_icmp_send: integer(0),
    pmtu_disc: integer(1),
    run_estimation: named.runEstimation,
    schedule_icmp: integer(0),
    secure_tcp: defenseMode(named.memoryThreshold),
    sloppy_sctp: integer(0),
    sloppy_tcp: integer(0),
    snat_reroute: integer(1),
    svc_lfactor: named.serviceLoadFactor,
    sync_persist_mode: integer(0),
    sync_ports: mapped(1, (value) => (value >= 1 && (value & (value - 1)) === 0 ? value : undefined)),
    sync_qlen_max: unsignedLong(BigInt(FREE_PAGES / 32), ignoresNegativeLongs),
    sync_refresh_period: seconds(0, hz),
    sync_retries: integer(0, 0, 3),
    sync_sock_size: integer(0),
    sync_threshold: integers([3, 50], acceptsThreshold),
    sync_version: integer(1, 0, 1),
  };
  const files = Object.entries(all).flatMap(([name, sysctl]) => (sysctl ? [[name, sysctl] as const] : []));
  const byName = new Map(files);
  const value = (name: string) => Number(byName.get(name)?.read() ?? 0) || 0;
  return { files: byName, value, ...named };
}

/** The sysctl that a scheduler's module registers (ip_vs_lblc.c and ip_vs_lblcr.c, vs_vars_table); undefined for most. */
export function schedulerSysctl(scheduler: string, hz: number): [name: string, sysctl: Sysctl] | undefined {
  return scheduler === 'lblc' || scheduler === 'lblcr' ? [`${scheduler}_expiration`, seconds(DAY, hz)] : undefined;
}

/**
 * 0 to 3, of which 1 and 2 are one mode: 2 while fewer pages are free than the threshold, 1 while more are
 * (proc_do_defense_mode, update_defense_level).
 */
function defenseMode(threshold: NumberSysctl): Sysctl {
  const mode = mapped(0, (value) => (value < 0 || value > 3 ? undefined : value === 2 ? 1 : value));
  const scarce = () => mode.value === 1 && FREE_PAGES < threshold.value;
  return { read: () => (scarce() ? '2\n' : mode.read()), write: mode.write };
}

/** proc_do_sync_threshold: packets after which a connection is synchronised, and then every so many. */
function acceptsThreshold([threshold = 0, period = 0]: readonly number[]): boolean {
  return threshold >= 0 && period >= 0 && (period === 0 || threshold < period);
}
