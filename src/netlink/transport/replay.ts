import { errnoNumber } from '../../errors/errno.ts';
import { SystemError } from '../../errors/system-error.ts';
import { TransportError } from '../../errors/transport-error.ts';
import { hostIsLittleEndian } from '../../linux/byte-order.ts';
import type { Kernel, NetlinkProtocol } from '../../linux/kernel.ts';
import type { Transport } from '../../linux/transport.ts';
import { type ReadBuffer, readBuffer } from '../codec/buffer.ts';
import { align } from '../codec/constants.ts';
import { nlmsghdr } from '../codec/struct.ts';
import {
  formatBytes,
  parseRecording,
  type RecordedExchange,
  type RecordedFile,
  type RecordedSocket,
} from './recording.ts';

const { nlmsg_len, nlmsg_seq, nlmsg_pid } = nlmsghdr.offset;

/** A kernel that plays a recorded conversation. */
export interface Replay extends Kernel {
  /** How many of the recorded requests, reads and writes were not made. */
  readonly remaining: number;
}

/**
 * Plays a recorded conversation: every datagram sent must be, byte for byte, the next one recorded of its socket,
 * sequence numbers and port ids aside, and is answered with what was recorded, under the sequence numbers of the request
 * at hand. Sockets are opened as recorded, those of each protocol in the recorded order; all of them are one where no
 * opening was recorded. Files are read and written as recorded, each path in the recorded order. The byte order is that of
 * the kernel that was recorded.
 * @throws WireError when the text is not a conversation
 * @throws TransportError `ERR_NETLINK_REPLAY` from `openNetlink`, `send`, `readFile` and `writeFile`, for what was not
 * recorded
 * @example
 * ```ts
 * const text = '@ read /proc/net/ip_vs_stats_percpu\n| "no counters"';
 * console.log(await readText(replay(text), '/proc/net/ip_vs_stats_percpu')); // no counters
 * ```
 */
export function replay(text: string): Replay {
  const { sockets, exchanges, files, littleEndian } = parseRecording(text);
  const conversations = (sockets ?? [{ exchanges }]).map((socket) => new Conversation(socket, littleEndian));
  const unopened = [...conversations];
  const untouched = [...files];
  const take = (operation: RecordedFile['operation'], path: string): RecordedFile => {
    const file = takeFirst(untouched, (each) => each.operation === operation && each.path === path);
    if (!file) throw mismatch(`${operation} of ${path} was not recorded`);
    return file;
  };
  return {
    get remaining() {
      return conversations.reduce((sum, { remaining }) => sum + remaining, untouched.length);
    },
    async openNetlink(protocol) {
      const conversation = sockets ? takeFirst(unopened, (each) => each.protocol === protocol) : conversations[0];
      if (!conversation) throw mismatch(`no further ${protocol} socket was opened`);
      return conversation;
    },
    async *readFile(path) {
      const file = take('read', path);
      if (file.bytes.length > 0) yield file.bytes;
      throwIfFailed(file);
    },
    async writeFile(path, written) {
      const file = take('write', path);
      throwIfFailed(file);
      const text = Buffer.from(file.bytes).toString();
      if (text !== written)
        throw mismatch(`${path} was written ${JSON.stringify(text)}, now ${JSON.stringify(written)}`);
    },
  };
}

function takeFirst<Item>(items: Item[], matches: (item: Item) => boolean): Item | undefined {
  const index = items.findIndex(matches);
  return index < 0 ? undefined : items.splice(index, 1)[0];
}

function throwIfFailed({ operation, path, code }: RecordedFile): void {
  if (code !== undefined) throw new SystemError(operation, path, errnoNumber(code) ?? 0);
}

/** The recorded datagrams of a socket as a transport. */
class Conversation implements Transport {
  readonly receiveBuffer: number;
  readonly largestDatagram: number | undefined;
  readonly littleEndian: boolean;
  readonly protocol: NetlinkProtocol | undefined;
  readonly #number: number;
  readonly #exchanges: readonly RecordedExchange[];
  #next = 0;
  #replies: Uint8Array[] = [];

  constructor(
    socket: Pick<RecordedSocket, 'exchanges'> & Partial<RecordedSocket>,
    littleEndian: boolean = hostIsLittleEndian,
  ) {
    // A queue that was not recorded is taken to hold whatever was answered.
    this.receiveBuffer = socket.receiveBuffer ?? Number.MAX_SAFE_INTEGER;
    this.largestDatagram = socket.largestDatagram;
    this.littleEndian = littleEndian;
    this.protocol = socket.protocol;
    this.#number = socket.number ?? 1;
    this.#exchanges = socket.exchanges;
  }

  get remaining(): number {
    return this.#exchanges.length - this.#next;
  }

  send(datagram: Uint8Array): void {
    const exchange = this.#exchanges[this.#next];
    const count = this.#number === 1 ? this.#next + 1 : `${this.#next + 1} of socket ${this.#number}`;
    const actual = formatBytes(anonymous(this.#copy(datagram)));
    if (!exchange) throw mismatch(`request ${count} was not recorded: ${actual}`);
    const expected = formatBytes(anonymous(this.#copy(exchange.request)));
    if (expected !== actual) throw mismatch(`request ${count} differs\n  recorded ${expected}\n  made     ${actual}`);
    this.#next++;
    const numbers = renumbering(this.#copy(exchange.request), this.#copy(datagram));
    this.#replies = exchange.replies.map((reply) => renumber(this.#copy(reply), numbers));
  }

  receive(into: Uint8Array): number {
    const reply = this.#replies.shift();
    if (!reply) throw new TransportError('ERR_NETLINK_TIMEOUT', 'The recording holds no further answer');
    into.set(reply.subarray(0, into.length));
    return reply.length;
  }

  close(): void {
    this.#replies = [];
  }

  #copy(datagram: Uint8Array): ReadBuffer {
    return readBuffer(Uint8Array.from(datagram), this.littleEndian);
  }
}

function mismatch(what: string): TransportError {
  return new TransportError('ERR_NETLINK_REPLAY', `The conversation went another way than recorded: ${what}`);
}

/** Removes from a datagram what differs from run to run: sequence numbers and port ids. */
function anonymous(datagram: ReadBuffer): Uint8Array {
  for (const at of messages(datagram)) {
    datagram.view.setUint32(at + nlmsg_seq, 0);
    datagram.view.setUint32(at + nlmsg_pid, 0);
  }
  return datagram.bytes;
}

/** The sequence numbers of the request that is made now, by those of the recorded one. */
function renumbering(recorded: ReadBuffer, actual: ReadBuffer): ReadonlyMap<number, number> {
  return new Map(messages(recorded).map((at) => [seqOf(recorded, at), seqOf(actual, at)]));
}

/** Puts a recorded answer under other sequence numbers. */
function renumber(reply: ReadBuffer, numbers: ReadonlyMap<number, number>): Uint8Array {
  for (const at of messages(reply)) {
    const seq = seqOf(reply, at);
    reply.view.setUint32(at + nlmsg_seq, numbers.get(seq) ?? seq, reply.littleEndian);
  }
  return reply.bytes;
}

function seqOf({ view, littleEndian }: ReadBuffer, at: number): number {
  return view.getUint32(at + nlmsg_seq, littleEndian);
}

/** Where the messages of a datagram start. */
function messages({ bytes, view, littleEndian }: ReadBuffer): number[] {
  const starts: number[] = [];
  for (let at = 0; at + nlmsghdr.size <= bytes.length; ) {
    starts.push(at);
    at += Math.max(align(view.getUint32(at + nlmsg_len, littleEndian)), nlmsghdr.size);
  }
  return starts;
}
