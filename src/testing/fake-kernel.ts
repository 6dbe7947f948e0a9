import { InputError } from '../errors/input-error.ts';
import { assertKnownProperties, nearest } from '../errors/known-properties.ts';
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

const OPTIONS = [
  'version',
  'capable',
  'family',
  'schedulers',
  'engines',
  'keepRequests',
  'cpus',
  'links',
] as const satisfies (keyof FakeKernelOptions)[];

/** The kernel too hands out a file of /proc by a page at a time. */
const PIECE_BYTES = 4096;

/** Permission bits of a file, for those who neither own it nor are privileged. */
const READABLE = 0o004;
const WRITABLE = 0o002;

const ENOENT = 2;
const EACCES = 13;

/** Options of a fake kernel. */
export interface FakeKernelOptions {
  /**
   * The kernel that it behaves like, `'7.2'` or a whole release as `uname -r` prints it; 5.10 or later. Of the versions
   * that are known the newest that is not newer is taken, see {@link FakeKernel.version}. Default `'6.12'`.
   */
  readonly version?: KernelVersion | (string & {}) | undefined;
  /** Callers have CAP_NET_ADMIN. Default true. */
  readonly capable?: boolean | undefined;
  /** IPVS is loaded. Default true. */
  readonly family?: boolean | undefined;
  /** Schedulers that are there or can be loaded. Default: all that Debian's kernel of the version has. */
  readonly schedulers?: readonly string[] | undefined;
  /** Persistence engines that are there or can be loaded. Default `['sip']`. */
  readonly engines?: readonly string[] | undefined;
  /** Number of requests, the newest, that {@link FakeKernel.requests} keeps. Default 10,000; `Infinity` keeps all. */
  readonly keepRequests?: number | undefined;
  /** Processors, which `/proc/net/ip_vs_stats_percpu` lists. Default 2. */
  readonly cpus?: number | undefined;
  /** Network interfaces. Default: `lo`, `d0` with 192.0.2.1/24 and 2001:db8::1/64, and `d1`, which is down. */
  readonly links?: Links | undefined;
}

/** Options of a socket of a fake kernel. */
export interface ConnectOptions {
  /** Bytes that the receive queue holds, in the kernel's own accounting. Default 2 MiB. */
  readonly receiveBuffer?: number | undefined;
  /** Errors leave out the request that they answer (NETLINK_CAP_ACK). Default true. */
  readonly capAck?: boolean | undefined;
  /** Errors carry an extended ack (NETLINK_EXT_ACK). Default true. */
  readonly extAck?: boolean | undefined;
}

/** Options of a planned refusal. */
export interface RefusalOptions {
  /** The command, by the kernel's name with or without `IPVS_CMD_`: `'NEW_DEST'`. Default: every command of IPVS. */
  readonly command?: string | undefined;
  /** Number of requests to refuse. Default 1. */
  readonly times?: number | undefined;
}

/** A request that a fake kernel got. */
export interface AskedRequest {
  /** The kernel's name of the command: `'IPVS_CMD_NEW_SERVICE'`; `'#99'` for one that it does not know. */
  readonly command: string;
  /** True if it asked for a listing (NLM_F_DUMP). */
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
  /** The kernel that it behaves like. */
  readonly version: KernelVersion;
  /** The requests that were made, in order: the newest, as many as `keepRequests` says. */
  readonly requests: AskedRequest[] = [];
  /** The connections in the kernel's table. */
  readonly connections: Connections;
  readonly #namespace: Namespace;
  /** True if IPVS is loaded. */
  readonly #loaded: boolean;
  readonly #machine: Machine;
  readonly #faults = new Faults();
  readonly #connections: FakeSocket[] = [];

  constructor(options: FakeKernelOptions = {}) {
    assertKnownProperties('', options, OPTIONS);
    const { capable = true, family = true, links = defaultLinks, engines = ENGINES } = options;
    const { cpus = 2, keepRequests = KEPT_REQUESTS } = options;
    if (!(keepRequests >= 0)) throw new InputError('must be 0 or more', keepRequests, 'keepRequests');
    this.version = knownVersion(options.version ?? '6.12');
    const traits = versions[this.version];
    const { schedulers = [...SCHEDULERS, ...traits.schedulers] } = options;
    const modules = { schedulers: new Set(schedulers), engines: new Set(engines) };
    assertInteger('cpus', cpus, 1, 4096);
    this.#namespace = new Namespace(new Network(links, traits.networkIsBroadcast), modules, traits, cpus);
    this.connections = new Connections(this.#namespace);
    this.#loaded = family;
    const loaded = family ? [ipvsFamily(this.#namespace)] : [];
    this.#machine = {
      traits,
      capable,
      families: [nlctrlFamily(loaded, traits), ...loaded],
      faults: this.#faults,
      note: (family, request, refusal) => {
        if (keepRequests > 0) this.requests.push(describe(family, request, refusal));
        if (this.requests.length > keepRequests) this.requests.shift();
      },
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

  #commandNamed(command: string): string {
    const known = this.#machine.families.flatMap(({ operations }) => operations.map(({ operation }) => operation.name));
    const found = [command, IPVS_PREFIX + command].find((name) => known.includes(name));
    if (found !== undefined) return found;
    const meant = nearest(command, known) ?? nearest(IPVS_PREFIX + command, known);
    throw new InputError(
      `must be a command of IPVS or nlctrl${meant ? ` (did you mean ${meant}?)` : ''}`,
      command,
      'command',
    );
  }

  /** Without privileges only what everybody may do with a file is allowed. */
  #open(path: string, others: number): ProcFile {
    const file = this.#loaded ? procFile(this.#namespace, path) : undefined;
    if (!file) throw new SystemError('open', path, ENOENT);
    if (!this.#machine.capable && !(file.mode & others)) throw new SystemError('open', path, EACCES);
    return file;
  }

  /** Opens a socket with options of its own, to test what depends on them. */
  connect(options: ConnectOptions = {}): Transport {
    assertKnownProperties('', options, ['receiveBuffer', 'capAck', 'extAck']);
    const { receiveBuffer = RECEIVE_BUFFER, capAck = true, extAck = true } = options;
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
   * @param seconds 0 to 31,536,000, which is a year; default 2
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
   * while what was asked is carried out (`ERR_NETLINK_OVERRUN`). The entries of a listing come after the error.
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
