import { parseIPv4, parseIPv6 } from '../../../src/linux/address.ts';
import { readBuffer } from '../../../src/netlink/index.ts';
import type { PacketSpec } from '../../../src/testing/index.ts';
import type { Sockets } from './sockets.ts';

const [AF_INET, AF_INET6, SOCK_RAW, IPPROTO_RAW, SOL_SOCKET, SO_MARK] = [2, 10, 3, 255, 1, 36];
const IPPROTO = { tcp: 6, udp: 17, sctp: 132 } as const;

export const [FIN, SYN, ACK] = [0x01, 0x02, 0x10];

/** Sends packets with headers of their own, from whatever address, into the network namespace that the machine is in. */
export class RawPackets implements Disposable {
  readonly #sockets: Sockets;
  readonly #v4: number;
  readonly #v6: number;

  /** The mark of what each socket sends. */
  readonly #marks = new Map<number, number>();

  constructor(sockets: Sockets) {
    this.#sockets = sockets;
    this.#v4 = sockets.socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
    this.#v6 = sockets.socket(AF_INET6, SOCK_RAW, IPPROTO_RAW);
  }

  /** @param flags of TCP; without them the first packet of a connection */
  send(packet: Pick<PacketSpec, 'protocol' | 'source' | 'virtual' | 'fwmark'>, flags = SYN): void {
    const { source, virtual, protocol, fwmark = 0 } = packet;
    const v6 = source.address.includes(':');
    const fd = v6 ? this.#v6 : this.#v4;
    const segment = segmentOf(protocol, source.port, virtual.port, flags);
    const [from, to] = [addressOf(source.address), addressOf(virtual.address)];
    const bytes = v6 ? ipv6(IPPROTO[protocol], from, to, segment) : ipv4(IPPROTO[protocol], from, to, segment);
    const name = Buffer.alloc(v6 ? 28 : 16);
    readBuffer(name).view.setUint16(0, v6 ? AF_INET6 : AF_INET, this.#sockets.littleEndian);
    to.copy(name, v6 ? 8 : 4);
    this.#mark(fd, fwmark);
    this.#sockets.sendto(fd, bytes, name); // What IPVS drops may be reported as EPERM.
  }

  #mark(fd: number, fwmark: number): void {
    if (fwmark === (this.#marks.get(fd) ?? 0)) return;
    if (this.#sockets.setsockopt(fd, SOL_SOCKET, SO_MARK, fwmark) !== 0) throw new Error('a packet cannot be marked');
    this.#marks.set(fd, fwmark);
  }

  [Symbol.dispose](): void {
    this.#sockets.close(this.#v4);
    this.#sockets.close(this.#v6);
  }
}

function segmentOf(protocol: keyof typeof IPPROTO, from: number, to: number, flags: number): Buffer {
  const segment = Buffer.alloc({ tcp: 20, udp: 8, sctp: 32 }[protocol]);
  segment.writeUInt16BE(from, 0);
  segment.writeUInt16BE(to, 2);
  if (protocol === 'udp') segment.writeUInt16BE(8, 4);
  if (protocol === 'tcp') segment.set([0x50, flags], 12);
  if (protocol === 'sctp') segment.set([1, 0, 0, 20], 12); // INIT
  return segment;
}

function ipv4(protocol: number, from: Buffer, to: Buffer, segment: Buffer): Buffer {
  const header = Buffer.alloc(20);
  header.set([0x45, 0, 0, 20 + segment.length, 0, 0, 0, 0, 64, protocol]);
  from.copy(header, 12);
  to.copy(header, 16);
  return Buffer.concat([header, segment]);
}

function ipv6(protocol: number, from: Buffer, to: Buffer, segment: Buffer): Buffer {
  const header = Buffer.alloc(40);
  header.set([0x60, 0, 0, 0, 0, segment.length, protocol, 64]);
  from.copy(header, 8);
  to.copy(header, 24);
  return Buffer.concat([header, segment]);
}

function addressOf(text: string): Buffer {
  if (!text.includes(':')) {
    const address = Buffer.alloc(4);
    address.writeUInt32BE(parseIPv4(text) ?? 0);
    return address;
  }
  const address = Buffer.alloc(16);
  for (const [i, word] of parseIPv6(text).entries()) address.writeUInt16BE(word, 2 * i);
  return address;
}
