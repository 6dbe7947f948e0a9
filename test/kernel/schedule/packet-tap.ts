import { formatIPv4, formatIPv6 } from '../../../src/linux/address.ts';
import type { PacketSpec } from '../../../src/testing/index.ts';
import type { Sockets } from './sockets.ts';

const [AF_PACKET, SOCK_DGRAM, SOL_SOCKET, SO_RCVBUFFORCE] = [17, 2, 1, 33];
const ETH_P_ALL = 3;
const UDP = 17;
const [IP_HEADER, IPV6_HEADER] = [20, 40];

/** Hears the UDP packets that leave the network namespace that the machine is in. */
export class PacketTap implements Disposable {
  readonly #sockets: Sockets;
  readonly #fd: number;

  constructor(sockets: Sockets) {
    this.#sockets = sockets;
    // An argument in network order.
    const protocol = sockets.littleEndian ? ETH_P_ALL << 8 : ETH_P_ALL;
    this.#fd = sockets.socket(AF_PACKET, SOCK_DGRAM, protocol);
    if (sockets.setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20) !== 0)
      throw new Error('no room for packets');
  }

  /** The addresses that packets went to by their sources, of those heard since the last call; `'-'` where none was heard. */
  destinations(packets: readonly PacketSpec[]): string[] {
    const heard = new Map<string, string>();
    const packet = Buffer.alloc(2048);
    while (this.#sockets.receive(this.#fd, packet) > 0) {
      const ends = endsOf(packet);
      if (ends) heard.set(`${ends.from} ${ends.port}`, ends.to);
    }
    return packets.map(({ source: { address, port } }) => heard.get(`${address} ${port}`) ?? '-');
  }

  [Symbol.dispose](): void {
    this.#sockets.close(this.#fd);
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
