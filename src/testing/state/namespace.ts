import type { Traits } from '../version.ts';
import { Estimator } from './estimator.ts';
import type { Network } from './network.ts';
import type { RealServer } from './real-server.ts';
import { ServiceTable } from './service-table.ts';
import type { SyncDaemon } from './sync-daemon.ts';
import { Trash } from './trash.ts';
import type { VirtualService } from './virtual-service.ts';

const CONNECTION_TABLE = 4096;
/** What a connection table of its own starts with (ip_vs_conn.c). */
const OWN_CONNECTION_TABLE = 256;

/** The estimator's period in seconds. */
const ESTIMATION = 2;

/** Which modules could be loaded. */
export interface Modules {
  readonly schedulers: ReadonlySet<string>;
  readonly engines: ReadonlySet<string>;
}

/** IPVS of one network namespace (`struct netns_ipvs`). */
export class Namespace {
  readonly network: Network;
  readonly modules: Modules;
  readonly traits: Traits;
  readonly services: ServiceTable;
  /** Seconds: TCP established, TCP after a FIN, UDP. */
  timeouts = { tcp: 900, tcpFin: 120, udp: 300 };
  /** The running sync daemons. */
  master: SyncDaemon | undefined;
  backup: SyncDaemon | undefined;
  /** Destinations of another family than their service. */
  foreigners = 0;
  readonly totals = new Estimator();
  connectionTableSize: number;
  readonly #trash = new Trash();
  /** Seconds since the namespace was made. */
  #now = 0;
  #nextEstimation = ESTIMATION;

  constructor(network: Network, modules: Modules, traits: Traits) {
    this.network = network;
    this.modules = modules;
    this.traits = traits;
    this.services = new ServiceTable(traits.ownTables);
    this.connectionTableSize = traits.ownTables ? 0 : CONNECTION_TABLE;
  }

  /** Makes the connection table where the namespace has none yet. */
  needConnections(): void {
    this.connectionTableSize ||= OWN_CONNECTION_TABLE;
  }

  /** Removes a service and its destinations (ip_vs_ctl.c, __ip_vs_del_service). */
  removeService(service: VirtualService): void {
    for (const destination of [...service.destinations]) this.removeDestination(destination);
    this.services.remove(service);
  }

  /** Adds a destination as the newest, one from the trash as it was left (ip_vs_ctl.c, __ip_vs_update_dest). */
  addDestination(destination: RealServer): void {
    if (destination.foreign) this.foreigners++;
    destination.service.destinations.unshift(destination);
  }

  /** Takes a removed destination back for a service; its statistics go on only for the very same service. */
  recallDestination(service: VirtualService, identity: RealServer['identity']): RealServer | undefined {
    const destination = this.#trash.take(service, identity);
    if (!destination) return undefined;
    if (destination.service !== service) destination.estimator.zero();
    destination.service = service;
    return destination;
  }

  /** ip_vs_ctl.c, __ip_vs_unlink_dest and __ip_vs_del_dest. */
  removeDestination(destination: RealServer): void {
    const { destinations } = destination.service;
    if (destination.foreign) this.foreigners--;
    destinations.splice(destinations.indexOf(destination), 1);
    this.#trash.put(destination, this.#now);
  }

  /** Lets time pass: the estimator and the timer of the trash take their turns. */
  advance(seconds: number): void {
    const until = this.#now + seconds;
    for (;;) {
      const due = Math.min(this.#nextEstimation, this.#trash.due ?? Infinity);
      if (due > until) break;
      this.#now = due;
      if (due === this.#nextEstimation) this.#estimate();
      if (due === this.#trash.due) this.#trash.expire(due);
    }
    this.#now = until;
  }

  #estimate(): void {
    this.#nextEstimation += ESTIMATION;
    this.totals.estimate();
    for (const { estimator, destinations } of this.services.list()) {
      estimator.estimate();
      for (const destination of destinations) destination.estimator.estimate();
    }
  }
}
