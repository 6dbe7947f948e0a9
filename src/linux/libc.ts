import { createRequire } from 'node:module';
import type { TypeObject } from 'koffi';
import { TransportError } from '../errors/transport-error.ts';
import { hostIsLittleEndian } from './byte-order.ts';

type Koffi = typeof import('koffi');

/** The system calls behind the kernel transport. Every one returns -1 on failure; `errno` is valid until the next call. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  recv(fd: number, into: Uint8Array, length: number, flags: number): number;
  recvmmsg(fd: number, headers: bigint, count: number, flags: number, timeout: null): number;
  poll(fds: Uint8Array, count: number, milliseconds: number): number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number;
  getsockopt(fd: number, level: number, option: number, value: Uint8Array, length: Uint8Array): number;
  setns(fd: number, type: number): number;
  flock(fd: number, operation: number): number;
  close(fd: number): number;
  errno(): number;
  /** Has recvmmsg fill these buffers. */
  messageHeaders(buffers: readonly Uint8Array[]): MessageHeaders;
}

/** An array of `struct mmsghdr`, each with a buffer of its own. */
export interface MessageHeaders {
  readonly memory: bigint;
  /** The length of the datagram that was received into a buffer. */
  lengthOf(index: number): number;
  free(): void;
}

let loaded: Libc | undefined;

/**
 * Binds the C library of this process, once it succeeds. The native binding is loaded only here and only when a socket
 * is opened.
 */
export async function libc(): Promise<Libc> {
  loaded ??= load();
  return loaded;
}

function load(): Libc {
  if (process.platform !== 'linux')
    throw new TransportError('ERR_NETLINK_UNSUPPORTED', `Netlink is Linux's; this is ${process.platform}`);
  const koffi = requireKoffi();
  // The process itself rather than a file, so that glibc and musl both answer.
  const lib = koffi.load(null);
  const pointer = 'void *';
  const declare = <F>(name: string, result: string, parameters: string[]) => lib.func(name, result, parameters) as F;
  return {
    socket: declare('socket', 'int', ['int', 'int', 'int']),
    bind: declare('bind', 'int', ['int', pointer, 'uint']),
    connect: declare('connect', 'int', ['int', pointer, 'uint']),
    send: declare('send', 'long', ['int', pointer, 'size_t', 'int']),
    recv: declare('recv', 'long', ['int', pointer, 'size_t', 'int']),
    recvmmsg: declare('recvmmsg', 'int', ['int', pointer, 'uint', 'int', pointer]),
    poll: declare('poll', 'int', [pointer, 'ulong', 'int']),
    setsockopt: declare('setsockopt', 'int', ['int', 'int', 'int', pointer, 'uint']),
    getsockopt: declare('getsockopt', 'int', ['int', 'int', 'int', pointer, pointer]),
    setns: declare('setns', 'int', ['int', 'int']),
    flock: declare('flock', 'int', ['int', 'int']),
    close: declare('close', 'int', ['int']),
    errno: () => koffi.errno(),
    messageHeaders: messageHeadersBy(koffi),
  };
}

/** What holds addresses is laid out by the binding, which knows how large one is. */
function messageHeadersBy(koffi: Koffi): Libc['messageHeaders'] {
  const iovec = koffi.struct({ iov_base: 'void *', iov_len: 'size_t' });
  const msghdr = koffi.struct({
    msg_name: 'void *',
    msg_namelen: 'uint',
    msg_iov: 'void *',
    msg_iovlen: 'size_t',
    msg_control: 'void *',
    msg_controllen: 'size_t',
    msg_flags: 'int',
  });
  const mmsghdr = koffi.struct({ msg_hdr: msghdr, msg_len: 'uint' });
  const [size, length] = [koffi.sizeof(mmsghdr), koffi.offsetof(mmsghdr, 'msg_len')];
  return (buffers) => {
    const vectors: bigint = koffi.alloc(iovec, buffers.length);
    const memory: bigint = koffi.alloc(mmsghdr, buffers.length);
    const unnamed = { msg_name: null, msg_namelen: 0, msg_control: null, msg_controllen: 0, msg_flags: 0 };
    const vectorOf = (i: number) => vectors + BigInt(i * koffi.sizeof(iovec));
    const fill = (at: bigint, type: TypeObject, values: object[]) =>
      koffi.encode(at, koffi.array(type, values.length), values);
    fill(
      vectors,
      iovec,
      buffers.map((bytes) => ({ iov_base: bytes, iov_len: bytes.length })),
    );
    fill(
      memory,
      mmsghdr,
      buffers.map((_, i) => ({ msg_hdr: { ...unnamed, msg_iov: vectorOf(i), msg_iovlen: 1 }, msg_len: 0 })),
    );
    const view = new DataView(koffi.view(memory, size * buffers.length));
    return {
      memory,
      lengthOf: (i) => view.getUint32(i * size + length, hostIsLittleEndian),
      free: () => {
        koffi.free(memory);
        koffi.free(vectors);
      },
    };
  };
}

/** By `require`, which tries again after a failure such as EMFILE, as `import` does not. */
function requireKoffi(): Koffi {
  try {
    return createRequire(import.meta.url)('koffi') as Koffi;
  } catch (cause) {
    const absent = cause instanceof Error && 'code' in cause && cause.code === 'MODULE_NOT_FOUND';
    const why = absent ? 'it is not installed (--omit=optional leaves its binary out)' : String(cause);
    throw new TransportError('ERR_NETLINK_UNSUPPORTED', `The native binding koffi cannot be loaded: ${why}`, { cause });
  }
}
