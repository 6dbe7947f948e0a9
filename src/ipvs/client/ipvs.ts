import { InputError } from '../../errors/input-error.ts';
import type { TransportError } from '../../errors/transport-error.ts';
import type { AbortSignalLike } from '../../linux/abort-signal.ts';
import { Family, type Kernel, linuxKernel, type Operation, Socket } from '../../netlink/index.ts';
import { requestErrors } from '../errors/describe-request.ts';
import { IpvsError } from '../errors/ipvs-error.ts';
import { toOpenError } from '../errors/open-error.ts';
import type { Connection, ConnectionFilter } from '../model/connection.ts';
import { type Daemon, type DaemonSpec, type DaemonState, encodeDaemon, validateDaemonState } from '../model/daemon.ts';
import {
  type Destination,
  type DestinationKey,
  type DestinationSpec,
  encodeDestination,
  encodeDestinationKey,
} from '../model/destination.ts';
import type { DestinationPatch } from '../model/destination-patch.ts';
import { decodeInfo, type Info } from '../model/info.ts';
import { checkProtocol, encodeService, type Service, type ServiceSpec } from '../model/service.ts';
import { encodeServiceKey, type ServiceKey } from '../model/service-key.ts';
import type { ServicePatch } from '../model/service-patch.ts';
import type { CpuStatistics, Statistics } from '../model/statistics.ts';
import type { TableEntry } from '../model/table-entry.ts';
import { decodeTimeouts, encodeTimeouts, type Timeouts } from '../model/timeouts.ts';
import { type ConnectionsOptions, readConnections } from '../observe/connections.ts';
import { readStatus, type Status } from '../observe/status.ts';
import type { Sysctls } from '../observe/sysctl-table.ts';
import { readSysctls, writeSysctls } from '../observe/sysctls.ts';
import { readCpuTotals, readTotals } from '../observe/totals.ts';
import { commands, FAMILY } from '../wire/commands.ts';
import type { CommandFields } from '../wire/fields.ts';
import type { command } from '../wire/tables.ts';
import { decodeDaemonReply, decodeDestinationReply, decodeServiceReply } from './decode-reply.ts';
import { dumpDestinations, listDestinations } from './list-destinations.ts';
import { Patcher } from './patcher.ts';
import { streamTable } from './stream-table.ts';
import { traceFromEnvironment } from './trace.ts';

/** How to reach IPVS. */
export type OpenOptions =
  | {
      /** The kernel to work on, such as a `FakeKernel`. Default: the one of this machine. */
      readonly kernel?: Kernel | undefined;
      readonly netns?: undefined;
    }
  | {
      readonly kernel?: undefined;
      /**
       * The network namespace to work in: a name as `ip netns` knows it, or a path such as `/proc/1234/ns/net`. Default:
       * the one of the calling thread. Entering another one requires CAP_SYS_ADMIN.
       */
      readonly netns?: string | undefined;
    };

/** What may be said about every operation that can take more than one exchange with the kernel. */
export interface OperationOptions {
  /** Stops waiting; the promise rejects with the signal's reason. What the kernel already did stays done. */
  readonly signal?: AbortSignalLike | undefined;
}

type CommandOperation = Operation<(typeof command)['rows'], (typeof command)['rows']>;

/**
 * IPVS in one network namespace: a method for each thing the kernel can be asked.
 *
 * Calls made in the same tick travel to the kernel together and are carried out in order, so
 * `await Promise.all(services.map((service) => ipvs.addService(service)))` is the way to do much at once.
 *
 * Every method rejects with an {@link InputError} for a value that cannot be meant, before anything is sent; with an
 * {@link IpvsError} when the kernel refuses; with a {@link TransportError} when it cannot be reached.
 */
export class Ipvs {
  readonly #socket: Socket;
  readonly #family: Family;
  readonly #patcher: Patcher;
  readonly #kernel: Kernel;

  private constructor(kernel: Kernel, socket: Socket, family: Family) {
    this.#kernel = kernel;
    this.#socket = socket;
    this.#family = family;
    this.#patcher = new Patcher(family);
  }

  /**
   * Opens a socket to IPVS; asking for it makes the kernel load its module (net/netlink/genetlink.c, ctrl_getfamily).
   * Opening takes no privilege, every other operation takes CAP_NET_ADMIN in the initial user namespace.
   * @throws TransportError `ERR_NETLINK_NO_FAMILY` when the kernel has no IPVS, `ERR_NETLINK_NETNS` when the namespace
   *   cannot be entered
   */
  static async open({ kernel, netns }: OpenOptions = {}): Promise<Ipvs> {
    if (kernel && netns !== undefined) throw new InputError('cannot be combined with kernel', netns, 'netns');
    const opened = kernel ?? linuxKernel({ netns });
    const transport = await opened.openNetlink('generic');
    const socket = new Socket(traceFromEnvironment(transport));
    try {
      return new Ipvs(opened, socket, await Family.resolve(socket, FAMILY));
    } catch (error) {
      await socket.close();
      throw toOpenError(error);
    }
  }

  /** Version of IPVS and size of its connection table (GET_INFO). */
  info(): Promise<Info> {
    return this.#family.request(commands.getInfo, {}, decodeInfo, requestErrors);
  }

  /** Connection timeouts of the network namespace (GET_CONFIG). */
  timeouts(): Promise<Timeouts> {
    return this.#family.request(commands.getConfig, {}, decodeTimeouts, requestErrors);
  }

  /**
   * Changes connection timeouts (SET_CONFIG). What is left out stays; a connection takes the new value with its next
   * packet.
   * @param timeouts seconds, each 1 to INT_MAX / HZ of the kernel (2147483 at HZ = 1000)
   */
  setTimeouts(timeouts: Partial<Timeouts>): Promise<void> {
    return this.#tell(commands.setConfig, () => encodeTimeouts(timeouts));
  }

  /**
   * All services, in no particular order (GET_SERVICE). The kernel does not lock its table meanwhile: with changes by
   * others a listing of more than a hundred services may miss some or show some twice (ip_vs_genl_dump_services).
   */
  services({ signal }: OperationOptions = {}): Promise<Service[]> {
    return this.#family.dump(commands.getService, {}, decodeServiceReply, { signal, ...requestErrors });
  }

  /** One service; undefined when there is none (GET_SERVICE). */
  async service(key: ServiceKey): Promise<Service | undefined> {
    const service = encodeServiceKey(key);
    try {
      return await this.#family.request(commands.getService, { service }, decodeServiceReply, requestErrors);
    } catch (error) {
      if (error instanceof IpvsError && error.reason === 'no-such-service') return undefined;
      throw error;
    }
  }

  /** Adds a service (NEW_SERVICE). Rejects with reason `service-exists` or `no-such-scheduler`. */
  addService(spec: ServiceSpec): Promise<void> {
    return this.#tell(commands.newService, () => {
      const service = encodeService(spec);
      checkProtocol(spec);
      return { service };
    });
  }

  /**
   * Replaces everything that a service is set up with; what is left out gets its default (SET_SERVICE). Its
   * destinations stay. Rejects with reason `no-such-service` or `no-such-scheduler`.
   */
  updateService(spec: ServiceSpec): Promise<void> {
    return this.#tell(commands.setService, () => ({ service: encodeService(spec) }));
  }

  /**
   * Changes what is named of a service and leaves everything else as it is: reads the whole entry, merges, writes it
   * back. Patches through the same `Ipvs` never undo one another; a change by another process between the read and the
   * write is lost, but for flags, which the kernel merges. Rejects with reason `no-such-service` or `no-such-scheduler`.
   */
  patchService(key: ServiceKey, patch: ServicePatch): Promise<void> {
    return this.#patcher.service(key, patch);
  }

  /** Removes a service and its destinations (DEL_SERVICE). Rejects with reason `no-such-service`. */
  removeService(key: ServiceKey): Promise<void> {
    return this.#tell(commands.delService, () => ({ service: encodeServiceKey(key) }));
  }

  /**
   * The destinations of a service, the newest first (GET_DEST). Rejects with reason `no-such-service`. As with
   * {@link services}, changes by others meanwhile may show.
   */
  async destinations(of: ServiceKey, options: OperationOptions = {}): Promise<Destination[]> {
    return listDestinations(this.#family, commands.getDest, encodeServiceKey(of), decodeDestinationReply, options);
  }

  /** Adds a destination to a service (NEW_DEST). Rejects with reason `no-such-service` or `destination-exists`. */
  addDestination(to: ServiceKey, spec: DestinationSpec): Promise<void> {
    return this.#tell(commands.newDest, () => encodeBoth(to, spec));
  }

  /**
   * Replaces everything that a destination is set up with; what is left out gets its default (SET_DEST). Its
   * connections stay. Rejects with reason `no-such-service` or `no-such-destination`.
   */
  updateDestination(of: ServiceKey, spec: DestinationSpec): Promise<void> {
    return this.#tell(commands.setDest, () => encodeBoth(of, spec));
  }

  /**
   * Changes what is named of a destination and leaves everything else as it is: reads the whole entry, merges, writes it
   * back. Patches through the same `Ipvs` never undo one another; a change by another process between the read and the
   * write is lost. Rejects with reason `no-such-service` or `no-such-destination`.
   */
  patchDestination(of: ServiceKey, key: DestinationKey, patch: DestinationPatch): Promise<void> {
    return this.#patcher.destination(of, key, patch);
  }

  /** Removes a destination (DEL_DEST). Rejects with reason `no-such-service` or `no-such-destination`. */
  removeDestination(from: ServiceKey, key: DestinationKey): Promise<void> {
    return this.#tell(commands.delDest, () => ({
      service: encodeServiceKey(from),
      destination: encodeDestinationKey(key),
    }));
  }

  /** Removes all services and destinations of the network namespace, whoever made them (FLUSH). */
  flush(): Promise<void> {
    return this.#tell(commands.flush, () => ({}));
  }

  /**
   * The whole table, a service with its destinations at a time, so that memory stays flat however large it is. A service
   * that is removed by others meanwhile may come without its destinations.
   */
  async *table(options: OperationOptions = {}): AsyncGenerator<TableEntry, void, undefined> {
    const services = await this.services(options);
    yield* streamTable(services, (service) =>
      dumpDestinations(this.#family, commands.getDest, encodeServiceKey(service), decodeDestinationReply, options),
    );
  }

  /** Sets the counters of a service and its destinations to zero; without a key, all of the namespace (ZERO). */
  zero(key?: ServiceKey): Promise<void> {
    return this.#tell(commands.zero, () => (key === undefined ? {} : { service: encodeServiceKey(key) }));
  }

  /** The running sync daemons, none, one or two (GET_DAEMON). */
  daemons(): Promise<Daemon[]> {
    return this.#family.dump(commands.getDaemon, {}, decodeDaemonReply, requestErrors);
  }

  /**
   * Starts a sync daemon (NEW_DAEMON); its values cannot be changed while it runs. Rejects with reason `daemon-exists`
   * or `no-such-interface`; no daemon runs beside destinations of another family than their service.
   */
  startDaemon(spec: DaemonSpec): Promise<void> {
    return this.#tell(commands.newDaemon, () => ({ daemon: encodeDaemon(spec) }));
  }

  /** Stops a sync daemon (DEL_DAEMON). Rejects with reason `no-such-daemon`. */
  stopDaemon(state: DaemonState): Promise<void> {
    return this.#tell(commands.delDaemon, () => ({ daemon: { state: validateDaemonState(state) } }));
  }

  /**
   * The connections of the network namespace and its persistence templates, one by one (`/proc/net/ip_vs_conn`): in memory
   * that does not grow with their number, and in slices of time that leave the event loop its turn. The order is that of a
   * hash table. One that is made or ends meanwhile may be missing, or there twice; those of one-packet services are not
   * kept by the kernel. Reading takes no privilege.
   * @throws InputError for an invalid filter
   */
  connections(
    filter: ConnectionFilter = {},
    options: ConnectionsOptions = {},
  ): AsyncGenerator<Connection, void, undefined> {
    return readConnections(this.#kernel, filter, options);
  }

  /** Totals of the network namespace (`/proc/net/ip_vs_stats`), as up to date as those of a service. */
  statistics(): Promise<Statistics> {
    return readTotals(this.#kernel);
  }

  /** Counters of each CPU, by number (`/proc/net/ip_vs_stats_percpu`), always up to date. */
  cpuStatistics(): Promise<CpuStatistics[]> {
    return readCpuTotals(this.#kernel);
  }

  /** How full the tables of the network namespace are; undefined before Linux 7.2 (`/proc/net/ip_vs_status`). */
  status(): Promise<Status | undefined> {
    return readStatus(this.#kernel);
  }

  /** The settings of the network namespace (`net.ipv4.vs.*`); absent are those that its kernel does not have. */
  sysctls(): Promise<Sysctls> {
    return readSysctls(this.#kernel);
  }

  /**
   * Changes some settings of the network namespace. All are checked before the first is written; what is left out stays.
   * Rejects with {@link SystemError} `ENOENT` for one that its kernel does not have, before anything is written.
   */
  setSysctls(sysctls: Sysctls): Promise<void> {
    return writeSysctls(this.#kernel, sysctls);
  }

  /** Waits for the operations under way and closes the socket. Every later call rejects, code `ERR_NETLINK_CLOSED`. */
  close(): Promise<void> {
    return this.#socket.close();
  }

  /** The same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Sends a request that has no reply; input that cannot be meant rejects like everything else. */
  #tell(operation: CommandOperation, fields: () => CommandFields): Promise<void> {
    try {
      return this.#family.execute(operation, fields(), requestErrors);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

function encodeBoth(key: ServiceKey, spec: DestinationSpec): CommandFields {
  const service = encodeServiceKey(key);
  return { service, destination: encodeDestination(spec, service.family) };
}
