import { align, type Transport } from 'ipvs/netlink';
import { recordedDumps } from './recorded.ts';

const [NLMSG_ERROR, NLMSG_DONE, NLM_F_MULTI, NLM_F_DUMP, GENL_ID_CTRL, GET_SERVICE] = [2, 3, 2, 0x300, 16, 4];

/**
 * A kernel that takes no time: it acknowledges whatever it is asked, and lists `services` times the same service, each
 * with `each` times the same destination, as a real one listed them; asked for one service, it gives that one. What is left is the work of the library.
 */
export function idleKernel(services: number, each: number): Transport {
  const dumps = recordedDumps();
  const service = chunks(dumps.services[0], services);
  const only = Buffer.from(dumps.services[0] ?? []);
  only.writeUInt16LE(0, 6);
  const destinations = chunks(dumps.destinations[0], each);
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

/** As many of a message as asked for, in datagrams as large as the kernel makes them. */
function chunks(one: Buffer | undefined, count: number): Buffer[] {
  if (!one) throw new Error('there is no such recording');
  const padded = Buffer.concat([one, Buffer.alloc(align(one.length) - one.length)]);
  const most = Math.floor(32768 / padded.length);
  return Array.from({ length: Math.ceil(count / most) }, (_, i) =>
    Buffer.concat(Array.from({ length: Math.min(most, count - i * most) }, () => padded)),
  );
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
