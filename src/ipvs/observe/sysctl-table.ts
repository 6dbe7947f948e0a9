import {
  choice,
  cpuList,
  integer,
  onOff,
  powerOfTwo,
  type SysctlKind,
  syncThreshold,
  unsignedLong,
} from './sysctl-kinds.ts';

/** `update_defense_level` moves between standby and active as memory is plenty or scarce. */
const defense = choice('never', 'standby', 'active', 'always');

/** Seconds that the kernel keeps in ticks of its clock: as many as an int of them holds where it ticks 100 times. */
const seconds = integer(-21_474_836, 21_474_836);

/** The settings of a network namespace, `net.ipv4.vs.*` (Documentation/networking/ipvs-sysctl.rst; `vs_vars`). */
export const sysctlTable = {
  /** Of how many packets one is dropped while {@link drop_packet} is in force. Default 10. */
  am_droprate: integer(),
  /** Pages of memory below which it counts as scarce. Default 1024. */
  amemthresh: integer(),
  /** Whether a backup daemon's machine takes no connections of its own, so that two machines do not forward in a circle. */
  backup_only: onOff,
  /** Whether a transparent proxy's connections go on without it when no destination is there. */
  cache_bypass: onOff,
  /** Binary logarithm of how many connections a bucket may have on average, -8 to 8. Linux 7.2. */
  conn_lfactor: integer(-8, 8),
  /** Connections at most, 0 to 1073741824. Linux 7.2. */
  conn_max: integer(0, 2 ** 30),
  /** Bits: 1, a client that reuses a port is scheduled anew where the old connection allows; 0, it is not. Default 1. */
  conn_reuse_mode: integer(),
  /** Whether the connections are seen by netfilter's connection tracking. */
  conntrack: onOff,
  /** Level of what is printed to the kernel's log, with CONFIG_IP_VS_DEBUG alone. */
  debug_level: integer(),
  /** Drops entries of the connection table at random. Written `'active'` reads `'standby'` while memory is plenty. */
  drop_entry: defense,
  /** Drops packets before they are forwarded. Written `'active'` reads `'standby'` while memory is plenty. */
  drop_packet: defense,
  /** CPUs that the estimator's threads may run on. Linux 6.2. */
  est_cpulist: cpuList,
  /** Niceness of the estimator's threads, -20 to 19. Default 0. Linux 6.2. */
  est_nice: integer(-20, 19),
  /** Whether a connection ends with its destination, when the next packet comes. */
  expire_nodest_conn: onOff,
  /** Whether a persistence template ends when its destination gets weight 0. */
  expire_quiescent_template: onOff,
  /** Whether packets that came through an ipip tunnel are passed over. */
  ignore_tunneled: onOff,
  /** Seconds until `lblc` forgets an entry. Default 86400. There while the scheduler's module is loaded. */
  lblc_expiration: seconds,
  /** Seconds until `lblcr` forgets an entry. Default 86400. There while the scheduler's module is loaded. */
  lblcr_expiration: seconds,
  /** Whether ICMP errors are sent to masqueraded servers. */
  nat_icmp_send: onOff,
  /** Whether path MTU discovery is done. Default true. */
  pmtu_disc: onOff,
  /** Whether statistics are brought up to date. Default true. Linux 5.15. */
  run_estimation: onOff,
  /** Whether ICMP errors for connections that are not there are scheduled. */
  schedule_icmp: onOff,
  /** Uses tighter TCP states and timeouts. Written `'active'` reads `'standby'` while memory is plenty. */
  secure_tcp: defense,
  /** Whether an SCTP connection is made by any packet but an ABORT. */
  sloppy_sctp: onOff,
  /** Whether a TCP connection is made by any packet but a RST. */
  sloppy_tcp: onOff,
  /** Whether masqueraded answers are routed anew. Default true. */
  snat_reroute: onOff,
  /** Binary logarithm of how many services a bucket may have on average, -8 to 8. Linux 7.2. */
  svc_lfactor: integer(-8, 8),
  /** Which connections are told of by the sync daemon: 0 all, otherwise none of a persistent service. Default 0. */
  sync_persist_mode: integer(),
  /** Threads of a sync daemon, a power of two; more than 64 count as 64. Default 1. */
  sync_ports: powerOfTwo,
  /** Messages of the sync daemon that may wait. */
  sync_qlen_max: unsignedLong,
  /** Seconds of change in a connection's timer for which it is told of again; 0: none. Default 0. */
  sync_refresh_period: seconds,
  /** How often a connection is told of again, 0 to 3. Default 0. */
  sync_retries: integer(0, 3),
  /** Bytes of the sync daemon's socket buffer; 0: the system's default. */
  sync_sock_size: integer(),
  /** When a connection is told of. Default 3 packets, then every 50. */
  sync_threshold: syncThreshold,
  /** Version of the sync protocol, 0 or 1. Default 1. */
  sync_version: integer(0, 1),
};

type ValueOf<Kind> = Kind extends SysctlKind<infer T> ? T : never;

/** The settings of IPVS in a network namespace, `net.ipv4.vs.*`, by the kernel's names; absent where it has none. */
export type Sysctls = { readonly [Name in keyof typeof sysctlTable]?: ValueOf<(typeof sysctlTable)[Name]> | undefined };
