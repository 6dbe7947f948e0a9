import { InputError } from '../errors/input-error.ts';
import { SystemError } from '../errors/system-error.ts';
import { TransportError } from '../errors/transport-error.ts';
import type { ServiceKey } from '../ipvs/model/service-key.ts';
import { assertInteger } from '../ipvs/model/validate.ts';
import { commands } from '../ipvs/wire/commands.ts';
import { NLM_F_DUMP } from '../netlink/codec/constants.ts';
import type { Kernel, NetlinkProtocol, Transport } from '../netlink/index.ts';
import { Connections } from './connections.ts';
import { ipvsFamily } from './ipvs/ipvs-family.ts';
import { pass, type Traffic } from './ipvs/traffic.ts';
import { FakeSocket, type Machine } from './netlink/fake-socket.ts';
import type { KernelFamily } from './netlink/family.ts';
import { Faults } from './netlink/faults.ts';
import { nlctrlFamily } from './netlink/nlctrl-family.ts';
import { Refused } from './netlink/refused.ts';
import type { Request } from './netlink/request.ts';
import { type ProcFile, procFile } from './proc/files.ts';
import { Namespace } from './state/namespace.ts';
import { defaultLinks, type Links, Network } from './state/network.ts';
import { type KernelVersion, versions } from './state/versions.ts';

const SCHEDULERS = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh'];
const ENGINES = ['sip'];

/** What a receive buffer of 1 MiB is granted, which is what the transport to a real kernel asks for. */
const RECEIVE_BUFFER = 2 << 20;

/** The kernel too hands out a file of /proc by a page at a time. */
const PIECE_BYTES = 4096;

/** Permission bits of a file, for those who neither own it nor are privileged. */
const READABLE = 0o004;
const WRITABLE = 0o002;

const ENOENT = 2;
const EACCES = 13;

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
  /** Processors, which `/proc/net/ip_vs_stats_percpu` lists. Default 2. */
  readonly cpus?: number | undefined;
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

/** Which requests to refuse. */
export interface RefusalOptions {
  /** The command, by the kernel's name with or without `IPVS_CMD_`: `'NEW_DEST'`. Default: every command of IPVS. */
  readonly command?: string | undefined;
  /** How many requests. Default 1. */
  readonly times?: number | undefined;
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
  /** The connections in the kernel's table. */
  readonly connections: Connections;
  readonly #namespace: Namespace;
  /** Whether IPVS is there. */
  readonly #loaded: boolean;
  readonly #machine: Machine;
  readonly #faults = new Faults();
  readonly #connections: FakeSocket[] = [];

  constructor(options: FakeKernelOptions = {}) {
    const {
      version = '6.12',
      capable = true,
      family = true,
      links = defaultLinks,
      engines = ENGINES,
      cpus = 2,
    } = options;
    const traits = versions[version];
    if (!traits) throw new InputError(`must be one of ${Object.keys(versions).join(', ')}`, version, 'version');
    const { schedulers = [...SCHEDULERS, ...traits.schedulers] } = options;
    const modules = { schedulers: new Set(schedulers), engines: new Set(engines) };
    assertInteger('cpus', cpus, 1, 4096);
    this.#namespace = new Namespace(new Network(links), modules, traits, cpus);
    this.connections = new Connections(this.#namespace);
    this.#loaded = family;
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

  /**
   * Reads `/proc/net/ip_vs*` or `/proc/sys/net/ipv4/vs/*` as a kernel of the version prints it, in pieces that end
   * anywhere.
   * @throws SystemError `ENOENT` for a file that the version does not have, `EACCES` for one that needs a privilege
   */
  async *readFile(path: string): AsyncGenerator<Uint8Array, void, undefined> {
    const file = this.#open(path, READABLE);
    let text = '';
    for (const part of file.read()) {
      text += part;
      for (; text.length >= PIECE_BYTES; text = text.slice(PIECE_BYTES)) yield encode(text.slice(0, PIECE_BYTES));
    }
    if (text !== '') yield encode(text);
  }

  /**
   * Writes a sysctl below `/proc/sys/net/ipv4/vs/`, by the kernel's rules for it.
   * @throws SystemError `EINVAL`, `ERANGE` or `EOVERFLOW` for what the kernel refuses, `EACCES` without the privilege
   */
  async writeFile(path: string, text: string): Promise<void> {
    const file = this.#open(path, WRITABLE);
    try {
      file.write(text);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      throw new SystemError(error.code === 'EACCES' ? 'open' : 'write', path, error.errno);
    }
  }

  /** Without privileges only what everybody may do with a file is allowed. */
  #open(path: string, others: number): ProcFile {
    const file = this.#loaded ? procFile(this.#namespace, path) : undefined;
    if (!file) throw new SystemError('open', path, ENOENT);
    if (!this.#machine.capable && !(file.mode & others)) throw new SystemError('open', path, EACCES);
    return file;
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
  refuse(errno: string, { command, times = 1 }: RefusalOptions = {}): void {
    const names = Object.values(commands).map(({ name }) => name);
    this.#faults.refuse(new Refused(errno).code, new Set(command === undefined ? names : [command]), times);
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

function encode(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
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
