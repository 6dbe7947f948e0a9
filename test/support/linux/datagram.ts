import koffi from 'koffi';
import { parseIPv4, parseIPv6 } from '../../../src/linux/address.ts';

const libc = koffi.load(null);
const socket = libc.func('int socket(int, int, int)');
const setsockopt = libc.func('int setsockopt(int, int, int, const int *, uint)');
const sendto = libc.func('long sendto(int, const void *, ulong, int, const void *, uint)');
const close = libc.func('int close(int)');

const [SOCK_DGRAM, SOL_SOCKET, SO_MARK] = [2, 1, 36];

/** Sends a UDP datagram from a port of its own; with a firewall mark, which Node's sockets cannot have. */
export function sendDatagram(address: string, port: number, payload: string | Buffer, mark = 0): void {
  const family = address.includes(':') ? 10 : 2;
  const fd = socket(family, SOCK_DGRAM, 0);
  try {
    const name = socketAddress(family, address, port);
    const bytes = Buffer.from(payload);
    const failed =
      fd < 0 ||
      (mark !== 0 && setsockopt(fd, SOL_SOCKET, SO_MARK, [mark], 4) !== 0) ||
      sendto(fd, bytes, bytes.length, 0, name, name.length) !== bytes.length;
    if (failed) throw new Error(`Cannot send to ${address} port ${port}, errno ${koffi.errno()}`);
  } finally {
    close(fd);
  }
}

/** `struct sockaddr_in`, or `struct sockaddr_in6`. */
function socketAddress(family: number, address: string, port: number): Buffer {
  const name = Buffer.alloc(family === 10 ? 28 : 16);
  new Uint16Array(name.buffer, name.byteOffset, 1)[0] = family;
  name.writeUInt16BE(port, 2);
  if (family === 2) name.writeUInt32BE(parseIPv4(address) ?? 0, 4);
  else for (const [i, word] of parseIPv6(address).entries()) name.writeUInt16BE(word, 8 + 2 * i);
  return name;
}
