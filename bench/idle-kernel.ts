import { align, type Transport } from 'ipvs/netlink';
import { recordedDumps } from './recorded.ts';

const [NLMSG_ERROR, NLMSG_DONE, NLM_F_MULTI, NLM_F_DUMP, GENL_ID_CTRL, GET_SERVICE] = [2, 3, 2, 0x300, 16, 4];

/**
 * A kernel that takes no time: it acknowledges whatever it is asked, and lists `services` times the same service but for
 * its address, each with `each` times the same destination but for its address, as a real one listed them, those of
 * bench/guest/table.ts; asked for one service, it gives that one. What is left is the work of the library.
 */
export function idleKernel(services: number, each: number): Transport {
  const dumps = recordedDumps();
  const service = chunks(dumps.services[0], services, SERVICE);
  const only = Buffer.from(dumps.services[0] ?? []);
  only.writeUInt16LE(0, 6);
  const destinations = chunks(dumps.destinations[0], each, DESTINATION);
  const queue: Buffer[] = [];
  return {
    receiveBuffer: 1 << 21,
    send(datagram) {
      const sent = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.length);
      const last = lastMessage(sent);
      const [type, seq] = [sent.readUInt16LE(last + 4), sent.readUInt32LE(last + 8)];
      if (type === GENL_ID_CTRL) queue.push(addressed(dumps.family, seq));
      else if (type < GENL_ID_CTRL) queue.push(message(NLMSG_ERROR, 0, seq, 20));
      else if ((sent.readUInt16LE(last + 6) & NLM_F_DUMP) === 0) queue.push(addressed(only, seq));
      else {
        const list = sent[last + 16] === GET_SERVICE ? service : destinations;
        queue.push(...list.map((chunk) => addressed(chunk, seq)), message(NLMSG_DONE, NLM_F_MULTI, seq, 4));
      }
    },
    receive(into) {
      const datagram = queue.shift();
      if (!datagram) throw new Error('nothing was asked for');
      into.set(datagram);
      return datagram.length;
    },
    close() {},
  };
}

/** An endpoint: the numbers of its attributes (include/uapi/linux/ip_vs.h), the first address, and the port. */
interface Endpoint {
  readonly attributes: { readonly address: number; readonly port: number };
  readonly first: number;
  readonly port: number;
}

const SERVICE: Endpoint = { attributes: { address: 3, port: 4 }, first: 0x0a000000, port: 80 };
const DESTINATION: Endpoint = { attributes: { address: 1, port: 2 }, first: 0xac100001, port: 8080 };

/** As many of a message as asked for, each with an address of its own, in datagrams as large as the kernel makes them. */
function chunks(one: Buffer | undefined, count: number, { attributes, first, port }: Endpoint): Buffer[] {
  if (!one) throw new Error('there is no such recording');
  const padded = Buffer.concat([one, Buffer.alloc(align(one.length) - one.length)]);
  padded.writeUInt16BE(port, payloadOf(one, attributes.port));
  const most = Math.floor(32768 / padded.length);
  const address = payloadOf(one, attributes.address);
  const numbered = (number: number) => {
    const copy = Buffer.from(padded);
    copy.writeUInt32BE(first + number, address);
    return copy;
  };
  return Array.from({ length: Math.ceil(count / most) }, (_, i) =>
    Buffer.concat(Array.from({ length: Math.min(most, count - i * most) }, (_, j) => numbered(i * most + j))),
  );
}

/** Where the payload of an attribute within the one entry of a message starts. */
function payloadOf(entry: Buffer, attribute: number): number {
  // After the headers of netlink, of generic netlink and of the attribute that holds the entry.
  for (let at = 16 + 4 + 4; at < entry.length; at += align(entry.readUInt16LE(at)))
    if ((entry.readUInt16LE(at + 2) & 0x3fff) === attribute) return at + 4;
  throw new Error(`the recording has no attribute ${attribute}`);
}

function addressed(datagram: Buffer, seq: number): Buffer {
  for (let at = 0; at < datagram.length; at += align(datagram.readUInt32LE(at))) datagram.writeUInt32LE(seq, at + 8);
  return datagram;
}

function lastMessage(datagram: Buffer): number {
  let last = 0;
  for (let at = 0; at < datagram.length; at += align(datagram.readUInt32LE(at))) last = at;
  return last;
}

function message(type: number, flags: number, seq: number, payload: number): Buffer {
  const bytes = Buffer.alloc(16 + payload);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(type, 4);
  bytes.writeUInt16LE(flags, 6);
  bytes.writeUInt32LE(seq, 8);
  return bytes;
}
