import type { RecordedExchange } from '../../../src/netlink/index.ts';

const HEADER = 24;
const RECORD = 16;
const COOKED = 16;
const NETLINK_GENERIC = 16;
const NLM_F_REQUEST = 1;

/** The generic netlink conversation in a capture that tcpdump made on an nlmon device. */
export function readNetlinkCapture(pcap: Buffer): RecordedExchange[] {
  if (pcap.readUInt32LE(0) !== 0xa1b2c3d4) throw new Error('not a little-endian pcap file');
  const turns: { request: Uint8Array; replies: Uint8Array[] }[] = [];
  for (let at = HEADER; at + RECORD <= pcap.length; ) {
    const length = pcap.readUInt32LE(at + 8);
    const packet = pcap.subarray(at + RECORD, at + RECORD + length);
    at += RECORD + length;
    // The cooked header is in network order and ends with the netlink protocol; its packet type tells no direction.
    if (packet.readUInt16BE(14) !== NETLINK_GENERIC) continue;
    const datagram = packet.subarray(COOKED);
    if (datagram.readUInt16LE(6) & NLM_F_REQUEST) turns.push({ request: datagram, replies: [] });
    else turns.at(-1)?.replies.push(datagram);
  }
  return turns;
}
