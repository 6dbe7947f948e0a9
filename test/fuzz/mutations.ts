import { TransportError } from '../../src/netlink/index.ts';
import type { Random } from './random.ts';

/** A datagram that was received: its bytes are the first `size` of the buffer. */
export interface Datagram {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly size: number;
  readonly littleEndian: boolean;
}

/** Changes a datagram and returns what `receive` is to return for it, or throws what it is to throw. */
export type Mutation = (datagram: Datagram, random: Random) => unknown;

const HEADER = 16;
const [LENGTH, TYPE, FLAGS, SEQ] = [0, 4, 6, 8];
const [ERROR, DONE, OVERRUN] = [2, 3, 4];

/** Where the messages of a datagram start. */
function starts({ view, size, littleEndian }: Pick<Datagram, 'view' | 'size' | 'littleEndian'>): number[] {
  const at: number[] = [];
  for (let next = 0; next + HEADER <= size; next += Math.max(HEADER, (view.getUint32(next, littleEndian) + 3) & ~3))
    at.push(next);
  return at;
}

function setErrno(datagram: Datagram, random: Random, errno: number): void {
  const { view, size, littleEndian } = datagram;
  const messages = starts(datagram);
  const ends = messages.filter(
    (at) => [ERROR, DONE].includes(view.getUint16(at + TYPE, littleEndian)) && at + 20 <= size,
  );
  if (ends.length > 0) view.setInt32(random.pick(ends) + HEADER, errno, littleEndian);
}

/**
 * Changes that a client can notice, and so must: after these, what resolved is true. A listing may still reject, a write
 * may have been carried out.
 */
export const noticeable: Readonly<Record<string, Mutation>> = {
  'end within a message': (datagram, random) => {
    const whole = new Set(starts(datagram));
    const end = random.below(datagram.size);
    return end > 0 && whole.has(end) ? end - 1 : end;
  },
  'bytes left over': ({ size }, random) => size + 1 + random.below(HEADER - 1),
  'message too long': (datagram, random) => {
    const at = random.pick(starts(datagram));
    datagram.view.setUint32(
      at + LENGTH,
      random.pick([datagram.size - at + 1, 0x7fffffff, 0xfffffffd, 0xffffffff]),
      true,
    );
    return datagram.size;
  },
  'message too short': (datagram, random) => {
    datagram.view.setUint32(random.pick(starts(datagram)) + LENGTH, random.below(HEADER), datagram.littleEndian);
    return datagram.size;
  },
  'answers lost': (datagram, random) => {
    datagram.view.setUint16(random.pick(starts(datagram)) + TYPE, OVERRUN, datagram.littleEndian);
    return datagram.size;
  },
  'another family': (datagram, random) => {
    const at = random.pick(starts(datagram));
    if (datagram.view.getUint16(at + TYPE, datagram.littleEndian) > HEADER)
      datagram.view.setUint16(at + TYPE, 99, datagram.littleEndian);
    return datagram.size;
  },
  'another errno': (datagram, random) => {
    setErrno(datagram, random, -1 - random.below(130));
    return datagram.size;
  },
  'a positive errno': (datagram, random) => {
    setErrno(datagram, random, 1 + random.below(0x7ffffffe));
    return datagram.size;
  },
  'an odd size': (_, random) =>
    random.pick([0, -1, 1, 15, 36.5, Number.NaN, Number.MAX_VALUE, undefined, null, '36', {}]),
  'a failure': (_, random) => {
    throw random.pick<unknown>([
      new TransportError('ERR_NETLINK_TIMEOUT', 'no answer'),
      new TransportError('ERR_NETLINK_OVERRUN', 'overrun'),
      new TransportError('ERR_NETLINK_SYSTEM', 'recv failed'),
      new TypeError('broken'),
      'broken',
      undefined,
    ]);
  },
};

/** Changes that may look like another true answer: all that can be asked is a value or an error of ours, in time. */
const unnoticeable: Readonly<Record<string, Mutation>> = {
  'flipped bits': ({ bytes, size }, random) => {
    for (let count = 1 + random.below(3); count > 0; count--) {
      const at = random.below(size);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    }
    return size;
  },
  'random bytes': ({ bytes, size }, random) => {
    for (let count = 1 + random.below(8); count > 0; count--) bytes[random.below(size)] = random.below(256);
    return size;
  },
  'another length in an attribute': ({ view, size, littleEndian }, random) => {
    const words = Math.floor((size - HEADER) / 4);
    if (words > 0)
      view.setUint16(HEADER + 4 * random.below(words), random.pick([0, 1, 3, 4, 5, 8, size, 0xffff]), littleEndian);
    return size;
  },
  'another length': (datagram, random) => {
    datagram.view.setUint32(
      random.pick(starts(datagram)) + LENGTH,
      random.below(datagram.size + 4),
      datagram.littleEndian,
    );
    return datagram.size;
  },
  'another type': (datagram, random) => {
    datagram.view.setUint16(random.pick(starts(datagram)) + TYPE, random.below(40), datagram.littleEndian);
    return datagram.size;
  },
  'other flags': (datagram, random) => {
    datagram.view.setUint16(random.pick(starts(datagram)) + FLAGS, random.below(0x10000), datagram.littleEndian);
    return datagram.size;
  },
  'another request': (datagram, random) => {
    const at = random.pick(starts(datagram)) + SEQ;
    datagram.view.setUint32(at, datagram.view.getUint32(at, datagram.littleEndian) + random.below(5) - 2, true);
    return datagram.size;
  },
  'no error': (datagram, random) => {
    setErrno(datagram, random, 0);
    return datagram.size;
  },
  'another end': ({ size }, random) => random.below(size + HEADER),
  'messages in another order': (datagram, random) => {
    const { bytes, size } = datagram;
    const messages: Uint8Array[] = starts(datagram).map((at, i, all) => bytes.slice(at, all[i + 1] ?? size));
    for (let i = messages.length - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [messages[i], messages[j]] = [messages[j] as Uint8Array, messages[i] as Uint8Array];
    }
    let at = 0;
    for (const message of messages) {
      bytes.set(message, at);
      at += message.length;
    }
    return size;
  },
  'a message missing': (datagram, random) => {
    const { bytes, size } = datagram;
    const all = starts(datagram);
    const gone = random.below(all.length);
    const [from = 0, to = size] = [all[gone], all[gone + 1]];
    bytes.copyWithin(from, to, size);
    return size - (to - from);
  },
};

export const all: Readonly<Record<string, Mutation>> = { ...noticeable, ...unnoticeable };
