import { InputError } from '../errors/input-error.ts';
import { SystemError } from '../errors/system-error.ts';
import { TransportError } from '../errors/transport-error.ts';
import type { ServiceKey } from '../ipvs/model/service-key.ts';
import { NLM_F_DUMP } from '../netlink/codec/constants.ts';
import type { Kernel, NetlinkProtocol, Transport } from '../netlink/index.ts';
import { ipvsFamily } from './ipvs/ipvs-family.ts';
import { pass, type Traffic } from './ipvs/traffic.ts';
import { FakeSocket, type Machine } from './netlink/fake-socket.ts';
import type { KernelFamily } from './netlink/family.ts';
import { Faults, type RefusalOptions } from './netlink/faults.ts';
import { nlctrlFamily } from './netlink/nlctrl-family.ts';
import { Refused } from './netlink/refused.ts';
import type { Request } from './netlink/request.ts';
import { Namespace } from './state/namespace.ts';
import { defaultLinks, type Links, Network } from './state/network.ts';
import { type KernelVersion, versions } from './version.ts';

const SCHEDULERS = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh'];
const ENGINES = ['sip'];

/** What a receive buffer of 1 MiB is granted, which is what the transport to a real kernel asks for. */
const RECEIVE_BUFFER = 2 << 20;

/** What a fake kernel is like. */
export interface FakeKernelOptions {
  /** The kernel that it behaves like. Default `'6.12'`. */
  readonly version?: KernelVersion | undefined;
  /** Whether callers have CAP_NET_ADMIN. Default true. */
  readonly capable?: boolean | undefined;
  /** Whether IPVS is there or can be loaded. Default true. */
  readonly family?: boolean | undefined;
  /** Schedulers that are there or can be loaded. Default: all that Debian's kernel of the version has. */
  readonly schedulers?: readonly string[] | undefined;
  /** Persistence engines that are there or can be loaded. Default `['sip']`. */
  readonly engines?: readonly string[] | undefined;
  /** Network interfaces. Default: `lo`, `d0` with 192.0.2.1/24 and 2001:db8::1/64, and `d1`, which is down. */
  readonly links?: Links | undefined;
}

/** What a connection to a fake kernel is like. */
export interface ConnectOptions {
  /** Bytes that the receive queue holds, in the kernel's own accounting. Default 2 MiB. */
  readonly receiveBuffer?: number | undefined;
  /** Whether errors leave out the request they answer (NETLINK_CAP_ACK). Default true. */
  readonly capAck?: boolean | undefined;
  /** Whether errors say more than an errno where they can (NETLINK_EXT_ACK). Default true. */
  readonly extAck?: boolean | undefined;
}

/** A request that a fake kernel got. */
export interface AskedRequest {
  /** The kernel's name of the command: `'IPVS_CMD_NEW_SERVICE'`; `'#99'` for one that it does not know. */
  readonly command: string;
  /** Whether a listing was asked for. */
  readonly dump: boolean;
  /** The attributes as the tables read them; undefined where they cannot. */
  readonly fields: unknown;
  /** Name of the errno that it was refused with; undefined when it was carried out. */
  readonly refusal: string | undefined;
}

/**
 * An IPVS kernel in memory, which answers as the real one does, byte for byte: for tests of what is built on this
 * package, and to try things out where there is no IPVS.
 *
 * Every instance is a kernel of its own with one network namespace; any number of connections share it.
 */
export class FakeKernel implements Kernel {
  /** Every request that was made, in order. */
  readonly requests: AskedRequest[] = [];
  readonly #namespace: Namespace;
  readonly #machine: Machine;
  readonly #faults = new Faults();
  readonly #connections: FakeSocket[] = [];

  constructor(options: FakeKernelOptions = {}) {
    const { version = '6.12', capable = true, family = true, links = defaultLinks, engines = ENGINES } = options;
    const traits = versions[version];
    if (!traits) throw new InputError(`must be one of ${Object.keys(versions).join(', ')}`, version, 'version');
    const { schedulers = [...SCHEDULERS, ...traits.schedulers] } = options;
    const modules = { schedulers: new Set(schedulers), engines: new Set(engines) };
    this.#namespace = new Namespace(new Network(links), modules, traits);
    const loaded = family ? [ipvsFamily(this.#namespace)] : [];
    this.#machine = {
      traits,
      capable,
      families: [nlctrlFamily(loaded), ...loaded],
      faults: this.#faults,
      note: (family, request, refusal) => this.requests.push(describe(family, request, refusal)),
    };
  }

  /** Opens a socket as `Ipvs.open` does. A fake kernel has generic netlink alone. */
  async openNetlink(protocol: NetlinkProtocol): Promise<Transport> {
    if (protocol === 'generic') return this.connect();
    const message = `The fake kernel has no netlink protocol ${protocol}`;
    throw new TransportError('ERR_NETLINK_SYSTEM', message, { syscall: 'socket', errno: 93 });
  }

  /** Reads a file of /proc. */
  // biome-ignore lint/correctness/useYield: there are no files yet
  async *readFile(path: string): AsyncGenerator<Uint8Array, void, undefined> {
    throw new SystemError('open', path, 2);
  }

  /** Writes a file of /proc. */
  async writeFile(path: string): Promise<void> {
    throw new SystemError('open', path, 2);
  }

  /** Opens a socket with options of its own, to test what depends on them. */
  connect({ receiveBuffer = RECEIVE_BUFFER, capAck = true, extAck = true }: ConnectOptions = {}): Transport {
    const portId = this.#connections.length + 1;
    const connection = new FakeSocket(this.#machine, portId, receiveBuffer, { capAck, extAck });
    this.#connections.push(connection);
    return connection;
  }

  /**
   * Lets traffic pass through a service. Connection counts change at once; statistics are read with the estimator's
   * next turn, see {@link tick}.
   */
  traffic(service: ServiceKey, traffic: Traffic): void {
    pass(this.#namespace, service, traffic);
  }

  /**
   * Lets time pass. The estimator brings statistics up to date every 2 seconds, and removed destinations that nobody
   * uses are forgotten after 2 to 4 minutes.
   * @param seconds 0 or more; default 2
   */
  tick(seconds = 2): void {
    if (!(seconds >= 0)) throw new InputError('must be 0 or more', seconds, 'seconds');
    this.#namespace.advance(seconds);
  }

  /** Refuses the next request to IPVS, or the next few, with an errno: `kernel.refuse('ENOMEM')`. They are not carried out. */
  refuse(errno: string, options: RefusalOptions = {}): void {
    this.#faults.refuse(new Refused(errno).code, options);
  }

  /**
   * Carries out what the next datagrams ask but keeps the answers back, so that receiving finds nothing
   * (`ERR_NETLINK_TIMEOUT`) until {@link release}.
   */
  withhold(datagrams = 1): void {
    this.#faults.withheld += datagrams;
  }

  /** Hands out the answers that were kept back. */
  release(): void {
    for (const connection of this.#connections) connection.release();
  }

  /** Cuts the next datagram that is received to so many bytes. */
  truncate(bytes: number): void {
    this.#faults.cuts.push(bytes);
  }

  /**
   * Lets the receive buffer overrun at the next answer: it is lost, and so is every other until the queue was emptied,
   * while what was asked is carried out (`ERR_NETLINK_OVERRUN`).
   */
  overrun(): void {
    this.#faults.overruns++;
  }
}

function describe({ operations }: KernelFamily, request: Request, refusal: string | undefined): AskedRequest {
  const operation = operations.find(({ operation: { command } }) => command === request.command)?.operation;
  return {
    command: operation?.name ?? `#${request.command}`,
    dump: request.has(NLM_F_DUMP),
    fields: request.decode((from, at, length) => operation?.request.read(from, at, length, {})),
    refusal,
  };
}
