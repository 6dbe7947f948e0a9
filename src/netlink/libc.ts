import { TransportError } from './errors.ts';

/** The system calls behind the kernel transport. Every one returns -1 on failure; `errno` is valid until the next call. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  recv(fd: number, into: Uint8Array, length: number, flags: number): number;
  poll(fds: Uint8Array, count: number, milliseconds: number): number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number;
  getsockopt(fd: number, level: number, option: number, value: Uint8Array, length: Uint8Array): number;
  setns(fd: number, type: number): number;
  close(fd: number): number;
  errno(): number;
}

let loaded: Promise<Libc> | undefined;

/** Binds the C library of this process, once. The native binding is loaded only here and only when a socket is opened. */
export function libc(): Promise<Libc> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Libc> {
  if (process.platform !== 'linux')
    throw new TransportError('ERR_NETLINK_UNSUPPORTED', `Netlink is Linux's; this is ${process.platform}`);
  const koffi = await importKoffi();
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
    poll: declare('poll', 'int', [pointer, 'ulong', 'int']),
    setsockopt: declare('setsockopt', 'int', ['int', 'int', 'int', pointer, 'uint']),
    getsockopt: declare('getsockopt', 'int', ['int', 'int', 'int', pointer, pointer]),
    setns: declare('setns', 'int', ['int', 'int']),
    close: declare('close', 'int', ['int']),
    errno: () => koffi.errno(),
  };
}

async function importKoffi() {
  try {
    return (await import('koffi')).default;
  } catch (cause) {
    const message = 'The native binding koffi cannot be loaded; was it installed with --omit=optional?';
    throw new TransportError('ERR_NETLINK_UNSUPPORTED', message, { cause });
  }
}
