import type { NetlinkProtocol } from '../netlink/index.ts';
import type { Links } from './state/network.ts';
import type { KernelVersion } from './state/versions.ts';

/** Options of a fake kernel. */
export interface FakeKernelOptions {
  /**
   * The kernel that it behaves like, `'7.2'` or a whole release as `uname -r` prints it; 5.10 or later. Of the versions
   * that are known the newest that is not newer is taken, see `kernel.version`. Default `'6.12'`.
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
  /** Number of requests, the newest, that `kernel.requests` keeps. Default 10,000; `Infinity` keeps all. */
  readonly keepRequests?: number | undefined;
  /** Processors, which `/proc/net/ip_vs_stats_percpu` lists. Default 2. */
  readonly cpus?: number | undefined;
  /** Numbers from 0 to below 1, which `twos` chooses by. Default `Math.random`; one with a seed makes its choices repeat. */
  readonly random?: (() => number) | undefined;
  /** The kernel stores the low byte first. Default: as this machine does. */
  readonly littleEndian?: boolean | undefined;
  /** Network interfaces. Default: `lo`, `d0` with 192.0.2.1/24 and 2001:db8::1/64, and `d1`, which is down. */
  readonly links?: Links | undefined;
}

/** Options of a socket of a fake kernel. */
export interface ConnectOptions {
  /** Default `'generic'`. */
  readonly protocol?: NetlinkProtocol | undefined;
  /** Bytes that the receive queue holds, in the kernel's own accounting. Default 2 MiB. */
  readonly receiveBuffer?: number | undefined;
  /** Errors leave out the request that they answer (NETLINK_CAP_ACK). Default true. */
  readonly capAck?: boolean | undefined;
  /** Errors carry an extended ack (NETLINK_EXT_ACK). Default true. */
  readonly extAck?: boolean | undefined;
}

/** Options of a planned refusal. */
export interface RefusalOptions {
  /** The command, by the kernel's name, which for IPVS may leave out `IPVS_CMD_`: `'NEW_DEST'`, `'RTM_NEWADDR'`. Default: every
   * command of IPVS. */
  readonly command?: string | undefined;
  /** Number of requests to refuse. Default 1. */
  readonly times?: number | undefined;
}

export const OPTIONS = [
  'version',
  'capable',
  'family',
  'schedulers',
  'engines',
  'keepRequests',
  'cpus',
  'random',
  'littleEndian',
  'links',
] as const satisfies (keyof FakeKernelOptions)[];
