import type { InputError } from '../../errors/input-error.ts';
import type { TransportError } from '../../errors/transport-error.ts';
import { type OpenOptions, validateOpenOptions } from '../../linux/open-options.ts';
import { type OperationOptions, validateOptions } from '../../linux/operation-options.ts';
import { type CallOptions, Family, type Kernel, linuxKernel, type Operation, Socket } from '../../netlink/index.ts';
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
import { copyDestinationPatch, type DestinationPatch } from '../model/destination-patch.ts';
import { decodeInfo, type Info } from '../model/info.ts';
import { checkProtocol, encodeService, type Service, type ServiceSpec } from '../model/service.ts';
import { encodeServiceKey, keyOfService, type ServiceFields, type ServiceKey } from '../model/service-key.ts';
import { copyServicePatch, type ServicePatch } from '../model/service-patch.ts';
import type { CpuStatistics, Statistics } from '../model/statistics.ts';
import type { TableEntry } from '../model/table-entry.ts';
import { decodeTimeouts, encodeTimeouts, type Timeouts } from '../model/timeouts.ts';
import { type ConnectionsOptions, readConnections } from '../observe/connections.ts';
import { type Features, type FeaturesOptions, readFeatures, validateFeaturesOptions } from '../observe/features.ts';
import { readStatus, type Status } from '../observe/status.ts';
import type { Sysctls } from '../observe/sysctl-table.ts';
import { readSysctls, writeSysctls } from '../observe/sysctls.ts';
import { readCpuTotals, readTotals } from '../observe/totals.ts';
import { commands, FAMILY } from '../wire/commands.ts';
import type { CommandFields } from '../wire/fields.ts';
import type { command } from '../wire/tables.ts';
import { decodeDaemonReply, decodeDestinationReply, decodeServiceReply, destinationFieldsOf } from './decode-reply.ts';
import { destinationIdOf, entryPath, settingsPath } from './entry-path.ts';
import { findEntry } from './find-entry.ts';
import * as identities from './identities.ts';
import { dumpDestinations, listDestinations } from './list-destinations.ts';
import { type ListOptions, validateListOptions } from './list-options.ts';
import { list, readConsistent, readListing, readUndisturbed } from './listing.ts';
import { Patcher } from './patcher.ts';
import { PathQueue } from './path-queue.ts';
import { streamTable } from './stream-table.ts';
import { traceFromEnvironment } from './trace.ts';
import { untilAborted } from './until-aborted.ts';

type CommandOperation = Operation<(typeof command)['rows'], (typeof command)['rows']>;

/**
 * IPVS in one network namespace: a method for each thing the kernel can be asked.
 *
 * Calls made in the same tick travel to the kernel together and are carried out in order, so
 * `await Promise.all(services.map((service) => ipvs.addService(service)))` is the way to do much at once.
 *
 * Every method rejects with an {@link InputError} for an invalid value, before anything is sent; with an
 * {@link IpvsError} when the kernel refuses; with a {@link TransportError} when it cannot be reached.
 * @example
 * ```ts
 * import { FakeKernel } from 'ipvs/testing';
 *
 * const ipvs = await Ipvs.open({ kernel: new FakeKernel() }); // or Ipvs.open(), on Linux
 * const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
 * await ipvs.addService(web);
 * for (const address of ['10.0.0.5', '10.0.0.6']) await ipvs.addDestination(web, { address, port: 8080 });
 * // The examples below go on from here.
 * ```
 */
export class Ipvs {
  readonly #socket: Socket;
  readonly #family: Family;
  readonly #patcher: Patcher;
  /** Who waits for a patch, in the order of the calls; while there is no patch, nobody. */
  readonly #queue = new PathQueue();
  readonly #kernel: Kernel;

  private constructor(kernel: Kernel, socket: Socket, family: Family) {
    this.#kernel = kernel;
    this.#socket = socket;
    this.#family = family;
    this.#patcher = new Patcher(family, this.#queue);
  }

  /**
   * Opens a socket to IPVS; asking for it makes the kernel load its module (net/netlink/genetlink.c, ctrl_getfamily).
   * Opening takes no privilege, every other operation takes CAP_NET_ADMIN in the initial user namespace.
   * @throws TransportError `ERR_NETLINK_NO_FAMILY` when the kernel has no IPVS, `ERR_NETLINK_NETNS` when the namespace
   *   cannot be entered
   * @example
   * ```ts
   * import { FakeKernel } from 'ipvs/testing';
   *
   * const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
   * console.log(await ipvs.services()); // []
   * await ipvs.close();
   * ```
   */
  static async open(options: OpenOptions = {}): Promise<Ipvs> {
    const { kernel, netns } = validateOpenOptions(options);
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

  /**
   * Version of IPVS and size of its connection table (GET_INFO).
   * @example
   * ```ts
   * const { version } = await ipvs.info();
   * console.log(version); // 1.2.1
   * ```
   */
  async info(options?: OperationOptions): Promise<Info> {
    return this.#family.request(commands.getInfo, {}, decodeInfo, callOptions(options));
  }

  /**
   * Release of the kernel, and which schedulers and persistence engines services can have. Those that are there are loaded,
   * as they are with a service that wants them, and stay loaded; the table and its services are not touched (NEW_SERVICE of
   * a service that the kernel refuses once it has found both, `ip_vs_add_service`). A name that is not there costs the
   * kernel some milliseconds.
   * @example
   * ```ts
   * const { schedulers } = await ipvs.features({ schedulers: ['wrr', 'mh', 'fastest'] });
   * console.log(schedulers); // [ 'wrr', 'mh' ]
   * ```
   */
  async features(options?: FeaturesOptions): Promise<Features> {
    const wanted = validateFeaturesOptions(options);
    const { signal } = wanted;
    const add = (service: ServiceFields) =>
      this.#family.execute(commands.newService, { service }, callOptions({ signal }));
    return untilAborted(readFeatures(this.#kernel, add, wanted), signal);
  }

  /**
   * Connection timeouts of the network namespace (GET_CONFIG).
   * @example
   * ```ts
   * console.log(await ipvs.timeouts()); // { tcp: 900, tcpFin: 120, udp: 300 }
   * ```
   */
  async timeouts(options?: OperationOptions): Promise<Timeouts> {
    return this.#family.request(commands.getConfig, {}, decodeTimeouts, callOptions(options));
  }

  /**
   * Changes connection timeouts (SET_CONFIG). What is left out stays; a connection takes the new value with its next
   * packet.
   * @param timeouts seconds, each 1 to INT_MAX / HZ of the kernel (2147483 at HZ = 1000)
   * @example
   * ```ts
   * await ipvs.setTimeouts({ tcp: 7200 });
   * console.log(await ipvs.timeouts()); // { tcp: 7200, tcpFin: 120, udp: 300 }
   * ```
   */
  setTimeouts(timeouts: Partial<Timeouts>, options?: OperationOptions): Promise<void> {
    return this.#execute(commands.setConfig, () => encodeTimeouts(timeouts), options);
  }

  /**
   * All services, in no particular order, each once (GET_SERVICE). The kernel lists about a hundred at a time and does not
   * lock its table in between, so removals by other processes can make a listing skip services that exist throughout,
   * undetected (ip_vs_genl_dump_services). Use `consistent` where that matters.
   * @example
   * ```ts
   * for (const { scheduler, ...key } of await ipvs.services())
   *   console.log(describeService(key), scheduler); // tcp 192.0.2.10:80 wlc
   * ```
   */
  async services(options?: ListOptions): Promise<Service[]> {
    const { signal, consistent } = validateListOptions(options);
    const calls = { signal, ...requestErrors };
    const read = (onDatagram: () => void) =>
      list(this.#family, commands.getService, {}, decodeServiceReply, onDatagram, calls);
    return consistent ? readConsistent(read, identities.services) : readUndisturbed(read, identities.services);
  }

  /**
   * One service; undefined when there is none (GET_SERVICE).
   * @example
   * ```ts
   * const service = await ipvs.service(web);
   * console.log(service?.scheduler, await ipvs.service({ fwmark: 7 })); // wlc undefined
   * ```
   */
  async service(key: ServiceKey, options?: OperationOptions): Promise<Service | undefined> {
    const service = encodeServiceKey(key);
    try {
      return await this.#family.request(commands.getService, { service }, decodeServiceReply, callOptions(options));
    } catch (error) {
      if (error instanceof IpvsError && error.reason === 'no-such-service') return undefined;
      throw error;
    }
  }

  /**
   * Adds a service (NEW_SERVICE). Rejects with reason `service-exists` or `no-such-scheduler`.
   * @example
   * ```ts
   * await ipvs.addService({ protocol: 'udp', address: '2001:db8::53', port: 53, flags: { 'one-packet': true } });
   * await ipvs.addService(web).catch((error) => console.log(error.reason)); // service-exists
   * ```
   */
  addService(spec: ServiceSpec, options?: OperationOptions): Promise<void> {
    return this.#write(commands.newService, () => ({ service: encodeNewService(spec) }), options);
  }

  /**
   * Replaces everything that a service is set up with; what is left out gets its default (SET_SERVICE). Its
   * destinations stay. Rejects with reason `no-such-service` or `no-such-scheduler`.
   * @example
   * ```ts
   * await ipvs.updateService({ ...web, scheduler: 'rr', persistence: { timeout: 300 } });
   * const service = await ipvs.service(web);
   * console.log(service?.scheduler, service?.persistence?.timeout); // rr 300
   * ```
   */
  updateService(spec: ServiceSpec, options?: OperationOptions): Promise<void> {
    return this.#write(commands.setService, () => ({ service: encodeService(spec) }), options);
  }

  /**
   * Changes what is named of a service and leaves everything else as it is: reads the whole entry, merges, writes it
   * back. Patches and other calls of the same `Ipvs` never undo one another; a change by another process between the read
   * and the write is lost, but for flags, which the kernel merges. Rejects with reason `no-such-service` or
   * `no-such-scheduler`.
   * @example
   * ```ts
   * await ipvs.patchService(web, { scheduler: 'mh', flags: { 'mh-fallback': true } });
   * console.log((await ipvs.service(web))?.scheduler); // mh
   * ```
   */
  async patchService(key: ServiceKey, patch: ServicePatch, options?: OperationOptions): Promise<void> {
    const { signal } = validateOptions(options);
    const service = encodeServiceKey(key);
    const copy = copyServicePatch(service, patch);
    await this.#patcher.service(service, copy, signal);
  }

  /**
   * Removes a service and its destinations (DEL_SERVICE). Rejects with reason `no-such-service`.
   * @example
   * ```ts
   * await ipvs.removeService(web);
   * await ipvs.removeService(web).catch((error) => console.log(error.message));
   * // Cannot remove service tcp 192.0.2.10:80: no such service (ESRCH)
   * ```
   */
  removeService(key: ServiceKey, options?: OperationOptions): Promise<void> {
    return this.#write(commands.delService, () => ({ service: encodeServiceKey(key) }), options);
  }

  /**
   * The destinations of a service, the newest first, each once (GET_DEST). As with {@link services}, concurrent removals can
   * make the listing skip some, and removing the service ends it early; use `consistent` where that matters. Rejects with reason `no-such-service`.
   * @example
   * ```ts
   * for (const { address, port, weight } of await ipvs.destinations(web)) console.log(address, port, weight);
   * // 10.0.0.6 8080 1
   * // 10.0.0.5 8080 1
   * ```
   */
  async destinations(service: ServiceKey, options?: ListOptions): Promise<Destination[]> {
    const { signal, consistent } = validateListOptions(options);
    const key = encodeServiceKey(service);
    const read = (onDatagram: () => void) =>
      listDestinations(this.#family, commands.getDest, key, decodeDestinationReply, onDatagram, { signal });
    return consistent ? readConsistent(read, identities.destinations) : readUndisturbed(read, identities.destinations);
  }

  /**
   * One destination of a service; undefined when the service has no such destination (GET_DEST, which lists them all: the
   * kernel cannot be asked for one). Rejects with reason `no-such-service`.
   * @example
   * ```ts
   * const destination = await ipvs.destination(web, { address: '10.0.0.5', port: 8080 });
   * console.log(destination?.activeConnections); // 0
   * ```
   */
  async destination(
    service: ServiceKey,
    key: DestinationKey,
    options?: OperationOptions,
  ): Promise<Destination | undefined> {
    const { signal } = validateOptions(options);
    const [fields, id] = [encodeServiceKey(service), destinationIdOf(encodeDestinationKey(key))];
    const decode = (reply: CommandFields, request: CommandFields) =>
      destinationIdOf(destinationFieldsOf(reply, request)) === id ? decodeDestinationReply(reply, request) : undefined;
    const read = (onDatagram: () => void) =>
      listDestinations(this.#family, commands.getDest, fields, decode, onDatagram, { signal });
    return findEntry(
      () => readListing(read),
      ({ entries }) => entries.find((each) => each !== undefined),
    );
  }

  /**
   * Adds a destination to a service (NEW_DEST). Rejects with reason `no-such-service` or `destination-exists`.
   * @example
   * ```ts
   * await ipvs.addDestination(web, { address: '10.0.0.7', port: 8080, weight: 2 });
   * await ipvs.addDestination(web, { address: '10.0.0.8', port: 80, forwarding: { tunnel: 'gue', port: 5555 } });
   * console.log((await ipvs.destinations(web)).length); // 4
   * ```
   */
  addDestination(service: ServiceKey, spec: DestinationSpec, options?: OperationOptions): Promise<void> {
    return this.#write(commands.newDest, () => encodeBoth(service, spec), options);
  }

  /**
   * Replaces everything that a destination is set up with; what is left out gets its default (SET_DEST). Its
   * connections stay. Rejects with reason `no-such-service` or `no-such-destination`.
   * @example
   * ```ts
   * const key = { address: '10.0.0.5', port: 8080 };
   * await ipvs.updateDestination(web, { ...key, weight: 3, upperThreshold: 1000, lowerThreshold: 800 });
   * console.log((await ipvs.destination(web, key))?.upperThreshold); // 1000
   * ```
   */
  updateDestination(service: ServiceKey, spec: DestinationSpec, options?: OperationOptions): Promise<void> {
    return this.#write(commands.setDest, () => encodeBoth(service, spec), options);
  }

  /**
   * Changes what is named of a destination and leaves everything else as it is: reads the whole entry, merges, writes it
   * back. Patches and other calls of the same `Ipvs` never undo one another; a change by another process between the read
   * and the write is lost. Rejects with reason `no-such-service` or `no-such-destination`.
   * @example
   * ```ts
   * const key = { address: '10.0.0.5', port: 8080 };
   * await ipvs.patchDestination(web, key, { weight: 0 }); // no new connections, those it has go on
   * console.log((await ipvs.destination(web, key))?.weight); // 0
   * ```
   */
  patchDestination(
    service: ServiceKey,
    key: DestinationKey,
    patch: DestinationPatch,
    options?: OperationOptions,
  ): Promise<void> {
    try {
      const { signal } = validateOptions(options);
      const [serviceFields, fields] = [encodeServiceKey(service), encodeDestinationKey(key)];
      const copy = copyDestinationPatch(fields, patch, serviceFields.family);
      return this.#patcher.destination(serviceFields, fields, copy, signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Removes a destination (DEL_DEST). Rejects with reason `no-such-service` or `no-such-destination`.
   * @example
   * ```ts
   * await ipvs.removeDestination(web, { address: '10.0.0.5', port: 8080 });
   * console.log((await ipvs.destinations(web)).length); // 1
   * ```
   */
  removeDestination(service: ServiceKey, key: DestinationKey, options?: OperationOptions): Promise<void> {
    return this.#write(
      commands.delDest,
      () => ({ service: encodeServiceKey(service), destination: encodeDestinationKey(key) }),
      options,
    );
  }

  /**
   * Removes all services and destinations of the network namespace, whoever made them (FLUSH).
   * @example
   * ```ts
   * await ipvs.flush();
   * console.log(await ipvs.services()); // []
   * ```
   */
  flush(options?: OperationOptions): Promise<void> {
    return this.#write(commands.flush, () => ({}), options);
  }

  /**
   * The whole table, a service with its destinations at a time, so that memory stays flat however large it is. Changes by
   * others meanwhile may show as with {@link services} and {@link destinations}; a service that they remove may come without
   * its destinations. With option `consistent` the list of services and each list of destinations is consistent in itself.
   * @example
   * ```ts
   * for await (const { service, destinations } of ipvs.table())
   *   console.log(describeService(service), destinations.map(describeDestination));
   * // tcp 192.0.2.10:80 [ '10.0.0.6:8080', '10.0.0.5:8080' ]
   * ```
   */
  table(options?: ListOptions): AsyncGenerator<TableEntry, void, undefined> {
    let own: ListOptions = {};
    const listServices = () => {
      own = { ...validateListOptions(options) };
      return this.services(own);
    };
    const destinationsOf = (service: Service) => {
      const read = (onDatagram: () => void) => dumpDestinations(this.#family, keyOfService(service), onDatagram, own);
      return own.consistent
        ? readConsistent(read, identities.destinations)
        : readUndisturbed(read, identities.destinations);
    };
    return streamTable(listServices, destinationsOf, () => own.signal);
  }

  /**
   * Sets the counters of a service and its destinations to zero; without a key, all of the namespace (ZERO).
   * @example
   * ```ts
   * await ipvs.zero(web);
   * console.log((await ipvs.service(web))?.statistics.connections); // 0n
   * ```
   */
  zero(key?: ServiceKey, options?: OperationOptions): Promise<void> {
    return this.#write(commands.zero, () => (key === undefined ? {} : { service: encodeServiceKey(key) }), options);
  }

  /**
   * The running sync daemons, none, one or two (GET_DAEMON).
   * @example
   * ```ts
   * console.log(await ipvs.daemons()); // []
   * ```
   */
  async daemons(options?: OperationOptions): Promise<Daemon[]> {
    return this.#family.dump(commands.getDaemon, {}, decodeDaemonReply, callOptions(options));
  }

  /**
   * Starts a sync daemon (NEW_DAEMON); its values cannot be changed while it runs. Rejects with reason `daemon-exists`
   * or `no-such-interface`; no daemon runs beside destinations of another family than their service.
   * @example
   * ```ts
   * await ipvs.startDaemon({ state: 'master', interface: 'd0', syncId: 1 });
   * for (const { state, interface: name } of await ipvs.daemons()) console.log(state, name); // master d0
   * ```
   */
  startDaemon(spec: DaemonSpec, options?: OperationOptions): Promise<void> {
    return this.#execute(commands.newDaemon, () => ({ daemon: encodeDaemon(spec) }), options);
  }

  /**
   * Stops a sync daemon (DEL_DAEMON). Rejects with reason `no-such-daemon`.
   * @example
   * ```ts
   * await ipvs.startDaemon({ state: 'backup', interface: 'd0' });
   * await ipvs.stopDaemon('backup');
   * console.log(await ipvs.daemons()); // []
   * ```
   */
  stopDaemon(state: DaemonState, options?: OperationOptions): Promise<void> {
    return this.#execute(commands.delDaemon, () => ({ daemon: { state: validateDaemonState(state) } }), options);
  }

  /**
   * The connections of the network namespace and its persistence templates, one by one (`/proc/net/ip_vs_conn`): in memory
   * that does not grow with their number, and in slices of time that leave the event loop its turn. The order is that of a
   * hash table. One that is made or ends meanwhile may be missing, or there twice; so may any other while Linux 7.2 moves the
   * entries to a table of another size (seen on 7.2.7). Those of one-packet services are not kept by the kernel. Reading takes
   * no privilege.
   * @throws InputError for an invalid filter
   * @example
   * ```ts
   * kernel.connections.add({
   *   protocol: 'tcp',
   *   source: { address: '198.51.100.7', port: 40000 },
   *   virtual: { address: '192.0.2.10', port: 80 },
   *   destination: { address: '10.0.0.5', port: 8080 },
   * });
   * for await (const { source, state } of ipvs.connections({ service: web })) console.log(source.address, state);
   * // 198.51.100.7 ESTABLISHED
   * ```
   */
  connections(
    filter: ConnectionFilter = {},
    options: ConnectionsOptions = {},
  ): AsyncGenerator<Connection, void, undefined> {
    return readConnections(this.#kernel, filter, options);
  }

  /**
   * Totals of the network namespace (`/proc/net/ip_vs_stats`), as up to date as those of a service.
   * @example
   * ```ts
   * kernel.traffic(web, { connections: 3 });
   * kernel.tick();
   * console.log((await ipvs.statistics()).connections); // 3n
   * ```
   */
  async statistics(options?: OperationOptions): Promise<Statistics> {
    const { signal } = validateOptions(options);
    return untilAborted(readTotals(this.#kernel), signal);
  }

  /**
   * Counters of each CPU, by number (`/proc/net/ip_vs_stats_percpu`), always up to date.
   * @example
   * ```ts
   * kernel.traffic(web, { connections: 3, cpu: 1 });
   * console.log((await ipvs.cpuStatistics()).map(({ cpu, connections }) => [cpu, connections]));
   * // [ [ 0, 0n ], [ 1, 3n ] ]
   * ```
   */
  async cpuStatistics(options?: OperationOptions): Promise<CpuStatistics[]> {
    const { signal } = validateOptions(options);
    return untilAborted(readCpuTotals(this.#kernel), signal);
  }

  /**
   * How full the tables of the network namespace are; undefined before Linux 7.2 (`/proc/net/ip_vs_status`).
   * @example
   * ```ts
   * const status = await ipvs.status();
   * console.log(status?.connections); // undefined
   * ```
   */
  async status(options?: OperationOptions): Promise<Status | undefined> {
    const { signal } = validateOptions(options);
    return untilAborted(readStatus(this.#kernel), signal);
  }

  /**
   * The settings of the network namespace (`net.ipv4.vs.*`); absent are those that its kernel does not have.
   * @example
   * ```ts
   * const { expire_nodest_conn, conntrack } = await ipvs.sysctls();
   * console.log(expire_nodest_conn, conntrack); // false false
   * ```
   */
  async sysctls(options?: OperationOptions): Promise<Sysctls> {
    const { signal } = validateOptions(options);
    return untilAborted(readSysctls(this.#kernel), signal);
  }

  /**
   * Changes some settings of the network namespace. All are checked before the first is written; what is left out stays.
   * Rejects with {@link SystemError} `ENOENT` for one that its kernel does not have, before anything is written.
   * @example
   * ```ts
   * await ipvs.setSysctls({ expire_nodest_conn: true, sync_threshold: { threshold: 3, period: 50 } });
   * console.log((await ipvs.sysctls()).expire_nodest_conn); // true
   * ```
   */
  async setSysctls(sysctls: Sysctls, options?: OperationOptions): Promise<void> {
    const { signal } = validateOptions(options);
    if (signal?.aborted) throw signal.reason;
    return untilAborted(writeSysctls(this.#kernel, sysctls, signal), signal);
  }

  /**
   * Waits for what was sent and closes the socket. Every later call that needs it rejects with code `ERR_NETLINK_CLOSED`, as does a
   * patch that is not written yet; what reads and writes files of `/proc` needs none.
   * @example
   * ```ts
   * await ipvs.close();
   * await ipvs.services().catch((error) => console.log(error.code)); // ERR_NETLINK_CLOSED
   * ```
   */
  close(): Promise<void> {
    return this.#socket.close();
  }

  /**
   * The same as {@link close}, for `await using`.
   * @example
   * ```ts
   * import { FakeKernel } from 'ipvs/testing';
   *
   * await using ipvs = await Ipvs.open({ kernel: new FakeKernel() }); // closed where the block ends
   * ```
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Sends a request that has no reply; invalid input rejects like everything else. */
  #execute(
    operation: CommandOperation,
    fields: () => CommandFields,
    options: OperationOptions | undefined,
  ): Promise<void> {
    try {
      return this.#family.execute(operation, fields(), callOptions(options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Sends a request that changes the table, after the patches that were made before of what it changes. */
  #write(
    operation: CommandOperation,
    encode: () => CommandFields,
    options: OperationOptions | undefined,
  ): Promise<void> {
    if (this.#queue.idle) return this.#execute(operation, encode, options);
    return this.#writeInTurn(operation, encode, options);
  }

  async #writeInTurn(
    operation: CommandOperation,
    encode: () => CommandFields,
    options: OperationOptions | undefined,
  ): Promise<void> {
    const { signal } = validateOptions(options);
    const fields = encode();
    const { service } = fields;
    const path = operation === commands.setService && service ? settingsPath(service) : entryPath(fields);
    await this.#queue.pass(path, signal, () => this.#family.execute(operation, fields, callOptions(options)));
  }
}

function callOptions(options: OperationOptions | undefined): CallOptions<CommandFields> {
  return options === undefined ? requestErrors : { ...validateOptions(options), ...requestErrors };
}

/** A service to create: its protocol must be one that IPVS can balance, which the kernel does not check. */
function encodeNewService(spec: ServiceSpec): ServiceFields {
  const service = encodeService(spec);
  checkProtocol(spec);
  return service;
}

function encodeBoth(key: ServiceKey, spec: DestinationSpec): CommandFields {
  const service = encodeServiceKey(key);
  return { service, destination: encodeDestination(spec, service.family) };
}
