import { align, hostIsLittleEndian, readBuffer, type Transport } from '../../../src/netlink/index.ts';

const GENL_ID_CTRL = 16;
const HEADER = 16;
const HEADERS = 20;
const ATTRIBUTE_HEADER = 4;
const TYPE_MASK = 0x3fff;

/** Attributes by the number of the nest that they are in. */
export type Dropped = Readonly<Record<number, readonly number[]>>;

/** A kernel that does not know some attributes yet: they are missing from its replies. */
export function withoutAttributes(inner: Transport, dropped: Dropped): Transport {
  const { littleEndian = hostIsLittleEndian } = inner;
  return {
    receiveBuffer: inner.receiveBuffer,
    littleEndian,
    send: (datagram) => inner.send(datagram),
    receive(into, wait) {
      const received = into.subarray(0, inner.receive(into, wait));
      const pieces = messages(received, littleEndian).map((message) => without(message, dropped, littleEndian));
      const kept = Buffer.concat(pieces);
      into.set(kept);
      return kept.length;
    },
    close: () => inner.close(),
  };
}

function messages(datagram: Uint8Array, littleEndian: boolean): Uint8Array[] {
  const { view } = readBuffer(datagram);
  return split(datagram, HEADER, (at) => view.getUint32(at, littleEndian));
}

function without(message: Uint8Array, dropped: Dropped, littleEndian: boolean): Uint8Array {
  if (readBuffer(message).view.getUint16(4, littleEndian) <= GENL_ID_CTRL) return message;
  const typeOf = (attribute: Uint8Array) => readBuffer(attribute).view.getUint16(2, littleEndian) & TYPE_MASK;
  const attributes = (payload: Uint8Array) => {
    const { view } = readBuffer(payload);
    return split(payload, ATTRIBUTE_HEADER, (at) => view.getUint16(at, littleEndian));
  };
  const nests = attributes(message.subarray(HEADERS)).map((nest) => {
    const all = attributes(nest.subarray(ATTRIBUTE_HEADER));
    const kept = all.filter((attribute) => !dropped[typeOf(nest)]?.includes(typeOf(attribute)));
    const whole = Buffer.concat([nest.subarray(0, ATTRIBUTE_HEADER), ...kept]);
    readBuffer(whole).view.setUint16(0, whole.length, littleEndian);
    return whole;
  });
  const whole = Buffer.concat([message.subarray(0, HEADERS), ...nests]);
  readBuffer(whole).view.setUint32(0, whole.length, littleEndian);
  return whole;
}

/** Cuts bytes into pieces, each of which begins with its length in a header. */
function split(bytes: Uint8Array, header: number, lengthAt: (at: number) => number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at + header <= bytes.length; ) {
    const end = at + align(lengthAt(at));
    found.push(bytes.subarray(at, end));
    at = end;
  }
  return found;
}
