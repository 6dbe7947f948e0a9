import { errnoNumber } from '../../errors/errno.ts';
import { SystemError } from '../../errors/system-error.ts';
import { TransportError } from '../../errors/transport-error.ts';
import { hostIsLittleEndian } from '../../linux/byte-order.ts';
import type { Kernel } from '../../linux/kernel.ts';
import type { Transport } from '../../linux/transport.ts';
import { type ReadBuffer, readBuffer } from '../codec/buffer.ts';
import { align } from '../codec/constants.ts';
import { nlmsghdr } from '../codec/struct.ts';
import { formatBytes, parseRecording, type RecordedExchange, type RecordedFile, type Recording } from './recording.ts';

const { nlmsg_len, nlmsg_seq, nlmsg_pid } = nlmsghdr.offset;

/** A kernel that plays a recorded conversation. */
export interface Replay extends Kernel {
  /** How many of the recorded requests, reads and writes were not made. */
  readonly remaining: number;
}

/**
 * Plays a recorded conversation: every datagram sent must be, byte for byte, the next one recorded, sequence numbers
 * and port ids aside, and is answered with what was recorded, under the sequence numbers of the request at hand. Files
 * are read and written as recorded, each path in the recorded order. The byte order is that of the kernel that was recorded.
 * @throws WireError when the text is not a conversation
 * @throws TransportError `ERR_NETLINK_REPLAY` from `send`, `readFile` and `writeFile`, for what was not recorded
 * @example
 * ```ts
 * const text = '@ read /proc/net/ip_vs_stats_percpu\n| "no counters"';
 * console.log(await readText(replay(text), '/proc/net/ip_vs_stats_percpu')); // no counters
 * ```
 */
export function replay(text: string): Replay {
  const recording = parseRecording(text);
  const conversation = new Conversation(recording);
  const untouched = [...recording.files];
  const take = (operation: RecordedFile['operation'], path: string): RecordedFile => {
    const index = untouched.findIndex((each) => each.operation === operation && each.path === path);
    const [file] = index < 0 ? [] : untouched.splice(index, 1);
    if (!file) throw mismatch(`${operation} of ${path} was not recorded`);
    if (file.code !== undefined) throw new SystemError(operation, path, errnoNumber(file.code) ?? 0);
    return file;
  };
  return {
    get remaining() {
      return conversation.remaining + untouched.length;
    },
    openNetlink: async () => conversation,
    async *readFile(path) {
      yield Buffer.from(take('read', path).text);
    },
    async writeFile(path, written) {
      const file = take('write', path);
      if (file.text !== written)
        throw mismatch(`${path} was written ${JSON.stringify(file.text)}, now ${JSON.stringify(written)}`);
    },
  };
}

/** The recorded datagrams as a transport. */
class Conversation implements Transport {
  /** A recording has no queue that could overrun. */
  readonly receiveBuffer = Number.MAX_SAFE_INTEGER;
  readonly littleEndian: boolean;
  readonly #exchanges: readonly RecordedExchange[];
  #next = 0;
  #replies: Uint8Array[] = [];

  constructor({ exchanges, littleEndian = hostIsLittleEndian }: Recording) {
    this.#exchanges = exchanges;
    this.littleEndian = littleEndian;
  }

  get remaining(): number {
    return this.#exchanges.length - this.#next;
  }

  send(datagram: Uint8Array): void {
    const exchange = this.#exchanges[this.#next];
    const count = this.#next + 1;
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
