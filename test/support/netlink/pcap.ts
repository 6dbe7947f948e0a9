import { formatBytes, type RecordedExchange, readBuffer } from '../../../src/netlink/index.ts';

const MAGIC = 0xa1b2c3d4;
const HEADER = 24;
const RECORD = 16;
const COOKED = 16;
const NETLINK_GENERIC = 16;
const NLM_F_REQUEST = 1;

/** The generic netlink conversation in a capture that tcpdump made on an nlmon device, in the byte order of the machine that it ran on. */
export function readNetlinkCapture(pcap: Buffer): RecordedExchange[] {
  const littleEndian = pcap.readUInt32LE(0) === MAGIC;
  if (!littleEndian && pcap.readUInt32BE(0) !== MAGIC) throw new Error('not a pcap file');
  const { view } = readBuffer(pcap);
  const turns: { request: Uint8Array; replies: Uint8Array[] }[] = [];
  for (let at = HEADER; at + RECORD <= pcap.length; ) {
    const length = view.getUint32(at + 8, littleEndian);
    const packet = pcap.subarray(at + RECORD, at + RECORD + length);
    at += RECORD + length;
    // The cooked header is in network order and ends with the netlink protocol; its packet type tells no direction.
    if (packet.readUInt16BE(14) !== NETLINK_GENERIC) continue;
    const datagram = packet.subarray(COOKED);
    if (readBuffer(datagram).view.getUint16(6, littleEndian) & NLM_F_REQUEST)
      turns.push({ request: datagram, replies: [] });
    else turns.at(-1)?.replies.push(datagram);
  }
  return turns;
}

/** A conversation as the lines of a recording. */
export function formatExchanges(turns: readonly RecordedExchange[]): string[] {
  return turns.flatMap(({ request, replies }, i) => [
    ...(i > 0 ? [''] : []),
    `> ${formatBytes(request)}`,
    ...replies.map((reply) => `< ${formatBytes(reply)}`),
  ]);
}
