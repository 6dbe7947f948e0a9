import { align, type Transport } from '../../../src/netlink/index.ts';

const GENL_ID_CTRL = 16;
const HEADERS = 20;
const ATTRIBUTE_HEADER = 4;
const TYPE_MASK = 0x3fff;

/** Attributes by the number of the nest that they are in. */
export type Dropped = Readonly<Record<number, readonly number[]>>;

/** A kernel that does not know some attributes yet: they are missing from its replies. */
export function withoutAttributes(inner: Transport, dropped: Dropped): Transport {
  return {
    receiveBuffer: inner.receiveBuffer,
    littleEndian: inner.littleEndian,
    send: (datagram) => inner.send(datagram),
    receive(into, wait) {
      const received = Buffer.from(into.buffer, into.byteOffset, inner.receive(into, wait));
      const kept = Buffer.concat(messages(received).map((message) => without(message, dropped)));
      into.set(kept);
      return kept.length;
    },
    close: () => inner.close(),
  };
}

function messages(datagram: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < datagram.length; at += align(datagram.readUInt32LE(at)))
    found.push(datagram.subarray(at, at + align(datagram.readUInt32LE(at))));
  return found;
}

function without(message: Buffer, dropped: Dropped): Buffer {
  if (message.readUInt16LE(4) <= GENL_ID_CTRL) return message;
  const nests = attributes(message.subarray(HEADERS)).map((nest) => {
    const kept = attributes(nest.subarray(ATTRIBUTE_HEADER)).filter(
      (attribute) => !dropped[typeOf(nest)]?.includes(typeOf(attribute)),
    );
    return withLength(Buffer.concat([nest.subarray(0, ATTRIBUTE_HEADER), ...kept]), (bytes) =>
      bytes.writeUInt16LE(bytes.length, 0),
    );
  });
  return withLength(Buffer.concat([message.subarray(0, HEADERS), ...nests]), (bytes) =>
    bytes.writeUInt32LE(bytes.length, 0),
  );
}

function withLength(bytes: Buffer, write: (bytes: Buffer) => void): Buffer {
  write(bytes);
  return bytes;
}

function attributes(payload: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + ATTRIBUTE_HEADER <= payload.length; at += align(payload.readUInt16LE(at)))
    found.push(payload.subarray(at, at + align(payload.readUInt16LE(at))));
  return found;
}

function typeOf(attribute: Buffer): number {
  return attribute.readUInt16LE(2) & TYPE_MASK;
}
