import koffi from 'koffi';
import { hostIsLittleEndian } from '../../../src/netlink/index.ts';

/** System calls on sockets, in the network namespace that the machine is in; a negative result is an error. */
export interface Sockets {
  /** The byte order of the machine's structures. */
  readonly littleEndian: boolean;
  socket(domain: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, option: number, value: number): number;
  sendto(fd: number, bytes: Uint8Array, name: Uint8Array): number;
  /** Does not wait. */
  receive(fd: number, into: Uint8Array): number;
  close(fd: number): void;
}

const libc = koffi.load(null);
const socket = libc.func('int socket(int, int, int)');
const setsockopt = libc.func('int setsockopt(int, int, int, const int *, uint)');
const sendto = libc.func('long sendto(int, const void *, ulong, int, const void *, uint)');
const recv = libc.func('long recv(int, _Out_ void *, ulong, int)');
const close = libc.func('int close(int)');

const MSG_DONTWAIT = 0x40;

/** Those of this machine, in the namespace of this thread. */
export const ownSockets: Sockets = {
  littleEndian: hostIsLittleEndian,
  socket,
  setsockopt: (fd, level, option, value) => setsockopt(fd, level, option, [value], 4),
  sendto: (fd, bytes, name) => sendto(fd, bytes, bytes.length, 0, name, name.length),
  receive: (fd, into) => recv(fd, into, into.length, MSG_DONTWAIT),
  close,
};
