import { ConnectionTable, type TableConnection } from '../connections/connection-table.ts';
import { Refused } from '../netlink/refused.ts';
import { schedulers } from '../schedulers/index.ts';
import type { Scheduler, Surroundings } from '../schedulers/scheduler.ts';
import { type Counters, Estimator, noCounters, sum } from '../servers/estimator.ts';
import type { RealServer } from '../servers/real-server.ts';
import { formerRules, revisedRules, type ThresholdRules } from '../servers/thresholds.ts';
import { type IpvsSysctls, ipvsSysctls, schedulerSysctl } from '../sysctl/ipvs-sysctls.ts';
import { type HashTable, noTable, tableFor } from './hash-table.ts';
import type { Network } from './network.ts';
import { ServiceTable } from './service-table.ts';
import type { SyncDaemon } from './sync-daemon.ts';
import { Trash } from './trash.ts';
import type { Traits } from './versions.ts';
import { HZ, type ServiceSetup, type VirtualService } from './virtual-service.ts';

/** Buckets of the connection table that all namespaces share, up to 6.12. */
const SHARED_TABLE = 4096;
/** Smallest and largest size of a namespace's own tables, in bits (include/net/ip_vs.h). */
const CONNECTION_BITS = [8, 20] as const;
const SERVICE_BITS = [4, 20] as const;

/** The estimator's period in seconds. */
const ESTIMATION = 2;

/** The modules that can be loaded. */
export interface Modules {
  readonly schedulers: ReadonlySet<string>;
  readonly engines: ReadonlySet<string>;
}

/** The machine that the kernel runs on. */
export interface Hardware {
  /** Number of processors. */
  readonly cpus: number;
  readonly littleEndian: boolean;
}

/** IPVS of one network namespace (`struct netns_ipvs`). */
export class Namespace {
  readonly network: Network;
  readonly modules: Modules;
  readonly traits: Traits;
  /** The kernel's byte order, in which it keeps numbers that are not in network order. */
  readonly littleEndian: boolean;
  readonly services: ServiceTable;
  readonly connections = new ConnectionTable();
  readonly thresholdRules: ThresholdRules;
  readonly sysctls: IpvsSysctls;
  /** Seconds: TCP established, TCP after a FIN, UDP. */
  timeouts = { tcp: 900, tcpFin: 120, udp: 300 };
  /** The running sync daemons. */
  master: SyncDaemon | undefined;
  backup: SyncDaemon | undefined;
  /** Destinations of another family than their service. */
  foreigners = 0;
  readonly totals = new Estimator();
  /** Counters of each processor, which are never zeroed. */
  readonly perCpu: Counters[];
  readonly #trash = new Trash();
  /** When connections whose destination was removed are forgotten. */
  #expiryWithoutServer = Infinity;
  /** Schedulers that have a timer. */
  readonly #timed = new Set<Scheduler>();
  /** The most connections and services that there were since their tables were made; undefined before. */
  #mostConnections: number | undefined;
  #mostServices: number | undefined;
  /** True once there was a service to estimate. */
  estimated = false;
  /** Seconds since the namespace was made. */
  #now = 0;
  readonly #surroundings: Surroundings;
  #nextEstimation = ESTIMATION;

  constructor(
    network: Network,
    modules: Modules,
    traits: Traits,
    { cpus, littleEndian }: Hardware,
    random: () => number,
  ) {
    this.network = network;
    this.modules = modules;
    this.traits = traits;
    this.littleEndian = littleEndian;
    this.services = new ServiceTable(traits.ownTables);
    this.sysctls = ipvsSysctls({ ...traits, hz: HZ, cpus });
    this.thresholdRules = traits.checksUpperThreshold ? revisedRules : formerRules;
    const namespace = this;
    this.#surroundings = {
      get now() {
        return namespace.#now;
      },
      random,
      littleEndian,
      sysctl: (name) => this.sysctls.value(name),
    };
    this.perCpu = Array.from({ length: cpus }, () => noCounters);
  }

  get now(): number {
    return this.#now;
  }

  /** Buckets of the connection table, as GET_INFO and /proc/net/ip_vs tell them. */
  get connectionTableSize(): number {
    return this.traits.ownTables ? this.connectionTable.size : SHARED_TABLE;
  }

  get connectionTable(): HashTable {
    const { connectionLoadFactor } = this.sysctls;
    if (this.#mostConnections === undefined) return noTable;
    return tableFor(this.#mostConnections, connectionLoadFactor?.value ?? 0, ...CONNECTION_BITS);
  }

  get serviceTable(): HashTable {
    const { serviceLoadFactor } = this.sysctls;
    if (this.#mostServices === undefined) return noTable;
    return tableFor(this.#mostServices, serviceLoadFactor?.value ?? 0, ...SERVICE_BITS);
  }

  /** Makes the connection table where the namespace has none yet. */
  needConnections(): void {
    this.#mostConnections ??= 0;
  }

  /** Loads a scheduler's module (ip_vs_sched.c, ip_vs_scheduler_get). Throws Refused. */
  loadScheduler(name: string): void {
    if (!this.modules.schedulers.has(name)) throw new Refused('ENOENT');
    const sysctl = schedulerSysctl(name, HZ);
    if (sysctl && !this.sysctls.files.has(sysctl[0])) this.sysctls.files.set(...sysctl);
  }

  addService(service: VirtualService): void {
    this.services.add(service);
    this.#bindScheduler(service);
    this.needConnections();
    this.estimated = true;
    this.#mostServices = Math.max(this.#mostServices ?? 0, this.services.size);
  }

  /** Changes a service; its scheduler begins anew only where it is another (ip_vs_ctl.c, ip_vs_edit_service). */
  updateService(service: VirtualService, setup: ServiceSetup): void {
    const before = service.scheduler;
    service.update(setup);
    if (service.scheduler === before) return;
    this.#unbindScheduler(service);
    this.#bindScheduler(service);
  }

  /** Removes a service and its destinations, of which its scheduler learns nothing (ip_vs_ctl.c, __ip_vs_del_service). */
  removeService(service: VirtualService): void {
    this.#unbindScheduler(service);
    for (const destination of service.destinations.list()) this.removeDestination(destination);
    this.services.remove(service);
    if (this.services.size === 0) this.#mostServices = undefined;
  }

  /** Adds a destination as the newest, one from the trash as it was left (ip_vs_ctl.c, __ip_vs_update_dest). */
  addDestination(destination: RealServer): void {
    if (destination.foreign) this.foreigners++;
    destination.available = true;
    destination.service.destinations.add(destination);
    destination.service.scheduling?.added?.(destination);
  }

  /** Takes a removed destination back for a service; its statistics go on only for the very same service. */
  recallDestination(service: VirtualService, identity: RealServer['identity']): RealServer | undefined {
    const destination = this.#trash.take(service, identity);
    if (!destination) return undefined;
    if (destination.service !== service) destination.estimator.zero();
    destination.service = service;
    return destination;
  }

  /**
   * Removes a destination; its connections may follow a turn of the kernel's clock later (ip_vs_ctl.c, __ip_vs_unlink_dest and
   * __ip_vs_del_dest; include/net/ip_vs.h, ip_vs_enqueue_expire_nodest_conns).
   */
  removeDestination(destination: RealServer): void {
    const { destinations, scheduling } = destination.service;
    if (destination.foreign) this.foreigners--;
    destination.available = false;
    scheduling?.removing?.(destination);
    destinations.remove(destination);
    scheduling?.removed?.();
    this.#trash.put(destination, this.#now);
    if (this.sysctls.value('expire_nodest_conn') !== 0)
      this.#expiryWithoutServer = Math.min(this.#expiryWithoutServer, this.#now + 1 / HZ);
  }

  /** True if packets make no connections any more (ip_vs_conn.c, ip_vs_conn_new). */
  get full(): boolean {
    const { maxConnections } = this.sysctls;
    return maxConnections !== undefined && this.connections.size >= maxConnections.value;
  }

  /** True if packets are not looked at (include/net/ip_vs.h, sysctl_backup_only). */
  get onlyBackup(): boolean {
    return this.backup !== undefined && this.sysctls.value('backup_only') !== 0;
  }

  /** ip_vs_conn.c, ip_vs_conn_new. */
  addConnection(connection: TableConnection): void {
    this.needConnections();
    this.connections.add(connection);
    this.#mostConnections = Math.max(this.#mostConnections ?? 0, this.connections.size);
  }

  /** Counts what passed through the namespace. */
  count(counters: Counters, cpu: number): void {
    this.totals.count(counters);
    this.perCpu[cpu] = sum(this.perCpu[cpu] ?? noCounters, counters);
  }

  /** Lets time pass: connections expire, and the estimator and the timer of the trash take their turns. */
  advance(seconds: number): void {
    const until = this.#now + seconds;
    for (;;) {
      const due = Math.min(this.#nextEstimation, this.#trash.due ?? Infinity, this.#nextRelease());
      if (due > until) break;
      this.#now = due;
      if (due === this.connections.due) this.connections.expire(due);
      if (due === this.#expiryWithoutServer) this.#expireWithoutServer();
      for (const scheduler of this.#timed) if (scheduler.due === due) scheduler.tick?.();
      if (due === this.#nextEstimation) this.#nextEstimation += this.#estimate() ? ESTIMATION : after(until - due);
      if (due === this.#trash.due) this.#trash.expire(due, Math.min(until, this.#nextRelease()));
    }
    this.#now = until;
  }

  /** When something may next let go of destinations. */
  #nextRelease(): number {
    const timers = [...this.#timed].map(({ due = Infinity }) => due);
    return Math.min(this.connections.due, this.#expiryWithoutServer, ...timers);
  }

  #expireWithoutServer(): void {
    this.#expiryWithoutServer = Infinity;
    this.connections.expireWithoutServer();
  }

  /** ip_vs_sched.c, ip_vs_bind_scheduler */
  #bindScheduler(service: VirtualService): void {
    service.scheduling = schedulers.get(service.scheduler)?.(service, this.#surroundings);
    if (service.scheduling?.due !== undefined) this.#timed.add(service.scheduling);
  }

  #unbindScheduler(service: VirtualService): void {
    const { scheduling } = service;
    if (!scheduling) return;
    scheduling.end?.();
    this.#timed.delete(scheduling);
    service.scheduling = undefined;
  }

  /**
   * Nothing is brought up to date while estimation is switched off, or has no processor to run on.
   * @returns whether anything changed
   */
  #estimate(): boolean {
    const { runEstimation, estimatorCpus } = this.sysctls;
    if (runEstimation?.value === 0 || estimatorCpus?.cpus.size === 0) return false;
    let changed = this.totals.estimate();
    for (const { estimator, destinations } of this.services.list()) {
      changed = estimator.estimate() || changed;
      for (const destination of destinations.list()) changed = destination.estimator.estimate() || changed;
    }
    return changed;
  }
}

/** The first multiple of the estimation period beyond a number of seconds. */
function after(seconds: number): number {
  return (Math.floor(seconds / ESTIMATION) + 1) * ESTIMATION;
}
