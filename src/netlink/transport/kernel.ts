import { errnoName, errnoNumber } from '../../errors/errno.ts';
import { InputError } from '../../errors/input-error.ts';
import { TransportError } from '../../errors/transport-error.ts';
import { hostIsLittleEndian } from '../../linux/byte-order.ts';
import type { NetlinkProtocol } from '../../linux/kernel.ts';
import { type Libc, libc } from '../../linux/libc.ts';
import { inNetns } from '../../linux/netns.ts';
import type { ReceiveOptions, Transport } from '../../linux/transport.ts';
import { pollfd, sockaddr_nl } from '../codec/struct.ts';
import { DatagramPair } from './datagram-pair.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
/** include/uapi/linux/netlink.h */
const PROTOCOLS: Readonly<Record<NetlinkProtocol, number>> = { generic: 16, route: 0, netfilter: 12 };
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const MSG_DONTWAIT = 0x40;
const MSG_TRUNC = 0x20;
const POLLIN = 1;
/** poll(2) takes an int. */
const MAX_TIMEOUT = 0x7fff_ffff;

const EAGAIN = errnoNumber('EAGAIN');
const EINTR = errnoNumber('EINTR');
const ENOBUFS = errnoNumber('ENOBUFS');

/** The kernel answers before `send` returns, so a wait is already a sign of trouble; it must only have an end. */
const DEFAULT_TIMEOUT = 250;

/** Room for the answers to some thousand requests; the kernel doubles it. */
const RECEIVE_BUFFER = 1 << 20;

/** Room for the largest batch; the kernel doubles it, and keeps some for itself (net/netlink/af_netlink.c, netlink_sendmsg). */
const SEND_BUFFER = 128 << 10;
const SEND_OVERHEAD = 32;

const WAIT: ReceiveOptions = {};

/** How to open a socket to the kernel. */
export interface KernelOptions {
  /** Default `'generic'`. */
  readonly protocol?: NetlinkProtocol | undefined;
  /**
   * The network namespace to work in: a name as `ip netns` knows it (`/run/netns/NAME`), or a path such as
   * `/proc/1234/ns/net`. Default: the one of the calling thread. Entering another one takes CAP_SYS_ADMIN.
   */
  readonly netns?: string | undefined;
  /**
   * How long to wait for an answer that is not there, in milliseconds; the event loop stands still meanwhile. The kernel
   * answers before a request returns, so that this only ends the wait for what will not come. Default 250.
   */
  readonly timeout?: number | undefined;
}

/**
 * Opens a netlink socket to the kernel of this machine.
 * @throws TransportError when there is no netlink here, or the namespace cannot be entered
 * @example
 * ```ts
 * const socket = new Socket(await kernelTransport({ protocol: 'route' }));
 * await socket.close();
 * ```
 */
export async function kernelTransport(options: KernelOptions = {}): Promise<Transport> {
  const { protocol = 'generic', netns, timeout = DEFAULT_TIMEOUT } = options;
  if (!Object.hasOwn(PROTOCOLS, protocol))
    throw new InputError(`must be one of ${Object.keys(PROTOCOLS).join(', ')}`, protocol, 'protocol');
  assertTimeout(timeout);
  const c = await libc();
  const open = () => new KernelTransport(c, PROTOCOLS[protocol], timeout);
  return netns === undefined ? open() : inNetns(c, netns, open);
}

function assertTimeout(timeout: unknown): void {
  if (!Number.isInteger(timeout) || Number(timeout) < 0 || Number(timeout) > MAX_TIMEOUT)
    throw new InputError(`must be an integer from 0 to ${MAX_TIMEOUT}`, timeout, 'timeout');
}

class KernelTransport implements Transport {
  readonly receiveBuffer: number;
  readonly largestDatagram: number;
  readonly #libc: Libc;
  readonly #timeout: number;
  #fd: number;
  #pair: DatagramPair | undefined;

  constructor(libc: Libc, protocol: number, timeout: number) {
    this.#libc = libc;
    this.#timeout = timeout;
    this.#fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (this.#fd < 0) throw this.#failure('socket');
    try {
      this.#attach();
      this.#shapeErrors();
      this.receiveBuffer = this.#enlarge(SO_RCVBUF, SO_RCVBUFFORCE, RECEIVE_BUFFER);
      this.largestDatagram = this.#enlarge(SO_SNDBUF, SO_SNDBUFFORCE, SEND_BUFFER) - SEND_OVERHEAD;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  send(datagram: Uint8Array): void {
    for (;;) {
      if (this.#libc.send(this.#fd, datagram, datagram.length, 0) >= 0) return;
      const errno = this.#libc.errno();
      if (errno !== EINTR) throw this.#failure('send', errno);
    }
  }

  receive(into: Uint8Array, { wait = true, expectMore = false }: ReceiveOptions = WAIT): number {
    const kept = this.#pair?.take(into);
    if (kept !== undefined) return kept;
    for (;;) {
      const size = this.#receive(into, expectMore);
      if (size >= 0) return size;
      const errno = this.#libc.errno();
      if (errno === ENOBUFS) throw overrun();
      if (errno === EAGAIN) {
        if (!wait || !this.#poll()) throw new TransportError('ERR_NETLINK_TIMEOUT', 'The kernel gave no answer');
      } else if (errno !== EINTR) throw this.#failure('recv', errno);
    }
  }

  close(): void {
    if (this.#fd < 0) return;
    this.#libc.close(this.#fd);
    this.#fd = -1;
    this.#pair?.free();
    this.#pair = undefined;
  }

  /** As recv(2); for one datagram alone, fetching another along would cost more than it saves. */
  #receive(into: Uint8Array, expectMore: boolean): number {
    // MSG_TRUNC makes the kernel tell the datagram's real length, so that a cut one is seen.
    const flags = MSG_DONTWAIT | MSG_TRUNC;
    if (!expectMore || into.length > DatagramPair.BYTES) return this.#libc.recv(this.#fd, into, into.length, flags);
    this.#pair ??= new DatagramPair(this.#libc);
    return this.#pair.receive(this.#fd, into, flags);
  }

  /** Takes a port id and talks to the kernel alone: a connected socket refuses datagrams from other processes. */
  #attach(): void {
    const kernel = new Uint8Array(sockaddr_nl.size);
    new DataView(kernel.buffer).setUint16(sockaddr_nl.offset.nl_family, AF_NETLINK, hostIsLittleEndian);
    if (this.#libc.bind(this.#fd, kernel, kernel.length) !== 0) throw this.#failure('bind');
    if (this.#libc.connect(this.#fd, kernel, kernel.length) !== 0) throw this.#failure('connect');
  }

  #shapeErrors(): void {
    // Errors without a copy of the request take little room; kernels before 4.3 and 4.12 lack these, and need neither.
    this.#set(SOL_NETLINK, NETLINK_CAP_ACK, 1);
    this.#set(SOL_NETLINK, NETLINK_EXT_ACK, 1);
  }

  /** Asks for a buffer; returns its size as granted. Forcing requires CAP_NET_ADMIN; otherwise the kernel's limit applies. */
  #enlarge(option: number, force: number, size: number): number {
    if (!this.#set(SOL_SOCKET, force, size)) this.#set(SOL_SOCKET, option, size);
    const value = new Int32Array(1);
    const length = new Uint32Array([value.byteLength]);
    const failed = this.#libc.getsockopt(this.#fd, SOL_SOCKET, option, bytesOf(value), bytesOf(length)) !== 0;
    if (failed) throw this.#failure('getsockopt');
    return value[0] ?? 0;
  }

  #set(level: number, option: number, value: number): boolean {
    const bytes = bytesOf(new Int32Array([value]));
    return this.#libc.setsockopt(this.#fd, level, option, bytes, bytes.length) === 0;
  }

  /** Waits until something arrives; false when nothing did. */
  #poll(): boolean {
    const fds = new Uint8Array(pollfd.size);
    const view = new DataView(fds.buffer);
    view.setInt32(pollfd.offset.fd, this.#fd, hostIsLittleEndian);
    view.setUint16(pollfd.offset.events, POLLIN, hostIsLittleEndian);
    const end = performance.now() + this.#timeout;
    for (let left = this.#timeout; left >= 0; left = Math.ceil(end - performance.now())) {
      const ready = this.#libc.poll(fds, 1, left);
      if (ready >= 0 || this.#libc.errno() !== EINTR) return ready > 0;
    }
    return false;
  }

  #failure(syscall: string, errno = this.#libc.errno()): TransportError {
    if (this.#fd < 0 && syscall !== 'socket') return new TransportError('ERR_NETLINK_CLOSED', 'The socket is closed');
    const message = `The system call ${syscall} failed on a netlink socket (${errnoName(errno)})`;
    return new TransportError('ERR_NETLINK_SYSTEM', message, { syscall, errno });
  }
}

function overrun(): TransportError {
  const message = 'The receive buffer overran and answers were lost; what was asked may or may not have been done';
  return new TransportError('ERR_NETLINK_OVERRUN', message, { syscall: 'recv', ...(ENOBUFS && { errno: ENOBUFS }) });
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
