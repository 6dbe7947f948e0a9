import { commands as conntrackCommands } from '../conntrack/wire/commands.ts';
import { InputError } from '../errors/input-error.ts';
import { assertKnownProperties, didYouMean } from '../errors/known-properties.ts';
import { assertInteger } from '../errors/validate.ts';
import type { ServiceKey } from '../ipvs/model/service-key.ts';
import { commands } from '../ipvs/wire/commands.ts';
import { hostIsLittleEndian, type Kernel, type NetlinkProtocol, type Transport } from '../netlink/index.ts';
import { commands as routeCommands } from '../rtnetlink/wire/commands.ts';
import { type AskedRequest, describeRawRequest, describeRequest } from './asked-request.ts';
import { type Connections, connectionsOf } from './connections.ts';
import { type Flows, flowsOf } from './flows.ts';
import { ipvsFamily } from './ipvs/ipvs-family.ts';
import { pass, type Traffic } from './ipvs/traffic.ts';
import { netfilterProtocol } from './netfilter/netfilter-protocol.ts';
import { FakeSocket, type Machine } from './netlink/fake-socket.ts';
import { Faults } from './netlink/faults.ts';
import type { KernelFamily } from './netlink/generic/family.ts';
import { genericProtocol } from './netlink/generic/generic-protocol.ts';
import { nlctrlFamily } from './netlink/generic/nlctrl-family.ts';
import type { KernelProtocol } from './netlink/protocol.ts';
import { Refused } from './netlink/refused.ts';
import { type ConnectOptions, type FakeKernelOptions, OPTIONS, type RefusalOptions } from './options.ts';
import { type ProcFiles, readPieces, writeWhole } from './proc/open-file.ts';
import { routeProtocol } from './route/route-protocol.ts';
import { type PacketSpec, type ScheduledConnection, scheduleIn } from './schedule.ts';
import { FlowTable } from './state/flow-table.ts';
import { Namespace } from './state/namespace.ts';
import { defaultLinks, Network } from './state/network.ts';
import { type KernelVersion, knownVersion, versions } from './state/versions.ts';

const SCHEDULERS = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh'];
const ENGINES = ['sip'];

/** The size that a kernel grants for SO_RCVBUFFORCE of 1 MiB, which the transport to a real kernel asks for. */
const RECEIVE_BUFFER = 2 << 20;

/** Requests that are kept; with what their tables read of them some 10 MB. */
const KEPT_REQUESTS = 10_000;

/** Seconds. Every two of them take work. */
const YEAR = 365 * 86_400;

const IPVS_PREFIX = 'IPVS_CMD_';
const IPVS_COMMANDS = Object.values(commands).map(({ name }) => name);
const OTHER_COMMANDS = [...Object.values(routeCommands), ...Object.values(conntrackCommands)].map(({ name }) => name);

/**
 * An IPVS kernel in memory, which answers as the real one does, byte for byte: for tests of what is built on this
 * package, and to try things out where there is no IPVS.
 *
 * Every instance is a kernel of its own with one network namespace; any number of connections share it.
 * @example
 * ```ts
 * const kernel = new FakeKernel({ version: '6.1', capable: false });
 * const ipvs = await Ipvs.open({ kernel });
 * await ipvs.flush().catch((error) => console.log(error.code)); // EPERM
 * ```
 */
export class FakeKernel implements Kernel {
  /** The kernel that it behaves like. */
  readonly version: KernelVersion;
  /** The requests that were made, in order: the newest, as many as `keepRequests` says. */
  readonly requests: AskedRequest[] = [];
  /** The connections in the kernel's table. */
  readonly connections: Connections;
  /** The connection tracking table. */
  readonly flows: Flows;
  readonly #namespace: Namespace;
  readonly #files: ProcFiles;
  readonly #machine: Machine;
  readonly #families: readonly KernelFamily[];
  readonly #protocols: Readonly<Record<NetlinkProtocol, KernelProtocol>>;
  readonly #faults = new Faults();
  #nextPortId = 1;

  constructor(options: FakeKernelOptions = {}) {
    assertKnownProperties('', options, OPTIONS);
    const { capable = true, family = true, links = defaultLinks, engines = ENGINES } = options;
    const { cpus = 2, keepRequests = KEPT_REQUESTS, random = Math.random } = options;
    const { littleEndian = hostIsLittleEndian } = options;
    if (!(keepRequests >= 0)) throw new InputError('must be 0 or more', keepRequests, 'keepRequests');
    if (typeof random !== 'function') throw new InputError('must be a function', random, 'random');
    const release = options.version ?? '6.12';
    this.version = knownVersion(release);
    const traits = versions[this.version];
    const { schedulers = [...SCHEDULERS, ...traits.schedulers] } = options;
    const modules = { schedulers: new Set(schedulers), engines: new Set(engines) };
    assertInteger('cpus', cpus, 1, 4096);
    const network = new Network(links, traits);
    this.#namespace = new Namespace(network, modules, traits, { cpus, littleEndian }, random);
    const flows = new FlowTable();
    this.connections = connectionsOf(this.#namespace);
    this.flows = flowsOf(flows);
    this.#files = { namespace: family ? this.#namespace : undefined, release, capable };
    const loaded = family ? [ipvsFamily(this.#namespace)] : [];
    this.#machine = { traits, capable, littleEndian, faults: this.#faults, sockets: new Set() };
    this.#families = [nlctrlFamily(loaded, traits), ...loaded];
    const keep = (request: AskedRequest) => {
      if (keepRequests > 0) this.requests.push(request);
      if (this.requests.length > keepRequests) this.requests.shift();
    };
    const noteRaw = (...asked: Parameters<typeof describeRawRequest>) => keep(describeRawRequest(...asked));
    this.#protocols = {
      generic: genericProtocol(this.#families, this.#machine, (...asked) => keep(describeRequest(...asked))),
      route: routeProtocol({ capable, network }, noteRaw),
      netfilter: netfilterProtocol({ capable, flows }, noteRaw),
    };
  }

  /**
   * Opens a socket as `Ipvs.open`, `Rtnetlink.open` and `Conntrack.open` do.
   * @example
   * ```ts
   * const socket = new Socket(await kernel.openNetlink('generic'));
   * console.log((await Family.resolve(socket, 'IPVS')).version); // 1
   * ```
   */
  async openNetlink(protocol: NetlinkProtocol): Promise<Transport> {
    return this.connect({ protocol });
  }

  /**
   * Reads `/proc/net/ip_vs*`, `/proc/sys/net/ipv4/vs/*` or `/proc/sys/kernel/osrelease` as a kernel of the version prints it, in pieces that end
   * anywhere.
   * @throws SystemError `ENOENT` for a file that the version does not have, `EACCES` for one that needs a privilege
   * @example
   * ```ts
   * const release = await readText(kernel, '/proc/sys/kernel/osrelease');
   * console.log(release.trim()); // 6.12
   * ```
   */
  async *readFile(path: string): AsyncGenerator<Uint8Array, void, undefined> {
    yield* readPieces(this.#files, path);
  }

  /**
   * Writes a sysctl below `/proc/sys/net/ipv4/vs/`, by the kernel's rules for it.
   * @throws SystemError `EINVAL`, `ERANGE` or `EOVERFLOW` for what the kernel refuses, `EACCES` without the privilege
   * @example
   * ```ts
   * await kernel.writeFile('/proc/sys/net/ipv4/vs/conntrack', '1');
   * console.log((await ipvs.sysctls()).conntrack); // true
   * ```
   */
  async writeFile(path: string, text: string): Promise<void> {
    writeWhole(this.#files, path, text);
  }

  /**
   * Opens a socket with options of its own, to test what depends on them.
   * @example
   * ```ts
   * const socket = new Socket(kernel.connect({ receiveBuffer: 4096 })); // batches become smaller
   * await Family.resolve(socket, 'IPVS');
   * ```
   */
  connect(options: ConnectOptions = {}): Transport {
    assertKnownProperties('', options, ['protocol', 'receiveBuffer', 'capAck', 'extAck']);
    const { protocol = 'generic', receiveBuffer = RECEIVE_BUFFER, capAck = true, extAck = true } = options;
    const spoken = Object.hasOwn(this.#protocols, protocol) ? this.#protocols[protocol] : undefined;
    if (!spoken)
      throw new InputError(`must be one of ${Object.keys(this.#protocols).join(', ')}`, protocol, 'protocol');
    return new FakeSocket(this.#machine, this.#protocols[protocol], this.#nextPortId++, receiveBuffer, {
      capAck,
      extAck,
    });
  }

  /**
   * Lets traffic pass through a service. Connection counts change at once; statistics are read with the estimator's
   * next turn, see {@link tick}.
   * @example
   * ```ts
   * kernel.traffic(web, { destination: { address: '10.0.0.5', port: 8080 }, connections: 10, active: 3 });
   * console.log((await ipvs.destination(web, { address: '10.0.0.5', port: 8080 }))?.activeConnections); // 3
   * ```
   */
  traffic(service: ServiceKey, traffic: Traffic): void {
    pass(this.#namespace, service, traffic);
  }

  /**
   * Lets a client open a connection: its first packet goes where the kernel of this version would send it, by the service's
   * scheduler with its flags, persistence and thresholds (ip_vs_core.c, `ip_vs_in_hook` and `ip_vs_schedule`), and the connection is
   * in the table and counted as there. It costs some 20 microseconds. A second packet between the same ends belongs to the same
   * connection, unless that makes way for a new one as the sysctls `conn_reuse_mode` and `expire_nodest_conn` say.
   *
   * All choices are those of real kernels, but for `twos`, which draws from the option `random`. See the guide on schedulers.
   * @returns undefined when no destination takes it, when that of the connection between the same ends was removed, or by the sysctls
   * `backup_only` and `conn_max`
   * @throws InputError for a packet that cannot be, that no service is there for, or whose service has a persistence engine
   * @example
   * ```ts
   * const source = { address: '198.51.100.7', port: 40_000 };
   * const connection = kernel.schedule({ protocol: 'tcp', source, virtual: { address: '192.0.2.10', port: 80 } });
   * console.log(connection?.destination.address, connection?.state); // 10.0.0.6 SYN_RECV
   * ```
   */
  schedule(packet: PacketSpec): ScheduledConnection | undefined {
    return scheduleIn(this.#namespace, packet);
  }

  /**
   * Lets time pass. Connections whose time is over are forgotten, and those of removed destinations where the sysctl
   * `expire_nodest_conn` is set; the estimator brings statistics up to date every 2 seconds, and removed destinations that nobody
   * uses are forgotten after 2 to 4 minutes.
   * @param seconds 0 to 31,536,000, which is a year; default 2
   * @example
   * ```ts
   * kernel.traffic(web, { connections: 10 });
   * kernel.tick();
   * console.log((await ipvs.service(web))?.statistics.connections); // 10n
   * ```
   */
  tick(seconds = 2): void {
    if (typeof seconds !== 'number' || !(seconds >= 0 && seconds <= YEAR))
      throw new InputError(`must be a number from 0 to ${YEAR} (a year)`, seconds, 'seconds');
    this.#namespace.advance(seconds);
  }

  /**
   * Refuses the next request to IPVS, or the next few, with an errno: `kernel.refuse('ENOMEM')`. They are not carried out,
   * but for a listing that is refused with ENOBUFS: its entries follow, as they do where a kernel has no room for the
   * first of them.
   * @example
   * ```ts
   * kernel.refuse('ENOMEM', { command: 'NEW_DEST' });
   * await ipvs.addDestination(web, { address: '10.0.0.7', port: 8080 }).catch((error) => console.log(error.code)); // ENOMEM
   * ```
   */
  refuse(errno: string, options: RefusalOptions = {}): void {
    assertKnownProperties('', options, ['command', 'times']);
    const { command, times = 1 } = options;
    assertInteger('times', times, 1, Number.MAX_SAFE_INTEGER);
    const { code } = new Refused(errno);
    this.#faults.refuse(code, new Set(command === undefined ? IPVS_COMMANDS : [this.#commandNamed(command)]), times);
  }

  /**
   * Carries out what the next datagrams ask but keeps the answers back, so that receiving finds nothing
   * (`ERR_NETLINK_TIMEOUT`) until {@link release}.
   * @example
   * ```ts
   * kernel.withhold();
   * await ipvs.info().catch((error) => console.log(error.code)); // ERR_NETLINK_TIMEOUT
   * ```
   */
  withhold(datagrams = 1): void {
    assertInteger('datagrams', datagrams, 1, Number.MAX_SAFE_INTEGER);
    this.#faults.withheld += datagrams;
  }

  /**
   * Hands out the answers that were kept back.
   * @example
   * ```ts
   * kernel.withhold();
   * await ipvs.info().catch(() => {});
   * kernel.release(); // the late answer, which nobody waits for
   * console.log((await ipvs.info()).version); // 1.2.1
   * ```
   */
  release(): void {
    for (const socket of this.#machine.sockets) socket.release();
  }

  /**
   * Cuts the next datagram that is received to a number of bytes; called several times, one datagram each.
   * @example
   * ```ts
   * kernel.truncate(20);
   * await ipvs.info().catch((error) => console.log(error.code)); // ERR_NETLINK_WIRE
   * ```
   */
  truncate(bytes: number): void {
    assertInteger('bytes', bytes, 0, Number.MAX_SAFE_INTEGER);
    this.#faults.cuts.push(bytes);
  }

  /**
   * Lets the receive buffer overrun at the next answer: it is lost, and so is every other until the queue was emptied,
   * while what was asked is carried out (`ERR_NETLINK_OVERRUN`). The entries of a listing come after the error.
   * @example
   * ```ts
   * kernel.overrun();
   * await ipvs.removeService(web).catch((error) => console.log(error.code)); // ERR_NETLINK_OVERRUN
   * console.log(await ipvs.services()); // []
   * ```
   */
  overrun(): void {
    this.#faults.overruns++;
  }

  #commandNamed(command: string): string {
    const known = [
      ...this.#families.flatMap(({ operations }) => operations.map(({ operation }) => operation.name)),
      ...OTHER_COMMANDS,
    ];
    const found = [command, IPVS_PREFIX + command].find((name) => known.includes(name));
    if (found !== undefined) return found;
    const hint = didYouMean(command, known) ?? didYouMean(IPVS_PREFIX + command, known);
    throw new InputError(
      `must be a command of IPVS, nlctrl, rtnetlink or ctnetlink${hint ? ` (${hint})` : ''}`,
      command,
      'command',
    );
  }
}
