import koffi from 'koffi';
import { formatIPv4, formatIPv6 } from '../../../src/linux/address.ts';
import type { PacketSpec } from '../../../src/testing/index.ts';

const libc = koffi.load(null);
const socket = libc.func('int socket(int, int, int)');
const setsockopt = libc.func('int setsockopt(int, int, int, const int *, uint)');
const recv = libc.func('long recv(int, _Out_ void *, ulong, int)');
const close = libc.func('int close(int)');

const [AF_PACKET, SOCK_DGRAM, SOL_SOCKET, SO_RCVBUFFORCE, MSG_DONTWAIT] = [17, 2, 1, 33, 0x40];
/** ETH_P_ALL in network order. */
const EVERY_PROTOCOL = 0x0300;
const UDP = 17;
const [IP_HEADER, IPV6_HEADER] = [20, 40];

/** Hears the UDP packets that leave this thread's network namespace. */
export class PacketTap implements Disposable {
  readonly #fd: number = socket(AF_PACKET, SOCK_DGRAM, EVERY_PROTOCOL);

  constructor() {
    if (setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, [16 << 20], 4) !== 0) throw new Error('no room for packets');
  }

  /** The addresses that packets went to by their sources, of those heard since the last call; `'-'` where none was heard. */
  destinations(packets: readonly PacketSpec[]): string[] {
    const heard = new Map<string, string>();
    const packet = Buffer.alloc(2048);
    while (recv(this.#fd, packet, packet.length, MSG_DONTWAIT) > 0) {
      const ends = endsOf(packet);
      if (ends) heard.set(`${ends.from} ${ends.port}`, ends.to);
    }
    return packets.map(({ source: { address, port } }) => heard.get(`${address} ${port}`) ?? '-');
  }

  [Symbol.dispose](): void {
    close(this.#fd);
  }
}

function endsOf(packet: Buffer): { from: string; to: string; port: number } | undefined {
  const v6 = packet.readUInt8(0) >> 4 === 6;
  if (packet.readUInt8(v6 ? 6 : 9) !== UDP) return undefined;
  const port = packet.readUInt16BE(v6 ? IPV6_HEADER : IP_HEADER);
  if (!v6) return { from: formatIPv4(packet.readUInt32BE(12)), to: formatIPv4(packet.readUInt32BE(16)), port };
  const words = (at: number) => Array.from({ length: 8 }, (_, i) => packet.readUInt16BE(at + 2 * i));
  return { from: formatIPv6(words(8)), to: formatIPv6(words(24)), port };
}
