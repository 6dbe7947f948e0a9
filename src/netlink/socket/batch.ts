import { type ReadBuffer, readBuffer, type WriteBuffer } from '../codec/buffer.ts';
import { NLM_F_ACK, NLM_F_REQUEST, NLMSG_NOOP } from '../codec/constants.ts';
import { nlmsghdr } from '../codec/struct.ts';
import type { Exchange } from './exchange.ts';

/** Enough for some hundred commands, and small enough that one batch never holds the event loop for long. */
const BATCH_BYTES = 64 * 1024;

/**
 * What one answer takes of the receive queue, in the kernel's own accounting (skb truesize): an error with its
 * extended ack, and a reply of up to 1.7 KB.
 */
const ANSWER_COST = { nothing: 960, reply: 2304, dump: 0 } as const;

const { nlmsg_len, nlmsg_type, nlmsg_flags, nlmsg_seq, nlmsg_pid } = nlmsghdr.offset;

/** Requests that travel in one datagram. */
export class Batch {
  /** The requests, in the order of their messages; undefined where one was abandoned. */
  readonly exchanges: (Exchange | undefined)[] = [];
  /** Where each message starts. */
  readonly starts: number[] = [];
  readonly writer: WriteBuffer;
  /** Sequence number of the first message; the others follow. */
  readonly firstSeq: number;
  /** Whether nothing more fits in, of whatever kind. */
  full = false;
  /** Whether the answer to the last message is a dump, which ends with NLMSG_DONE. */
  endsWithDump = false;
  #cost = 0;
  readonly #receiveBuffer: number;

  constructor(writer: WriteBuffer, firstSeq: number, receiveBuffer: number) {
    writer.at = 0;
    this.writer = writer;
    this.firstSeq = firstSeq;
    this.#receiveBuffer = receiveBuffer;
  }

  /** Whether the batch has room for one more of its kind: even nothing but errors must fit the receive queue. */
  accepts(exchange: Exchange): boolean {
    const fence = ANSWER_COST.nothing;
    return (
      !this.full &&
      (this.exchanges.length === 0 || this.#cost + ANSWER_COST[exchange.answer] + fence <= this.#receiveBuffer)
    );
  }

  /** Encodes a request. Throws InputError, and then the batch is as it was. */
  add(exchange: Exchange): void {
    const { writer } = this;
    const start = writer.at;
    try {
      this.#message(exchange.type, exchange.flags | NLM_F_REQUEST);
      exchange.write(writer);
      writer.pad();
      writer.view.setUint32(start + nlmsg_len, writer.at - start, writer.littleEndian);
    } catch (error) {
      writer.at = start;
      throw error;
    }
    exchange.carrier = this;
    exchange.place = this.exchanges.length;
    this.exchanges.push(exchange);
    this.starts.push(start);
    this.#cost += ANSWER_COST[exchange.answer];
    // The kernel runs one dump at a time on a socket, so what follows a dump waits for its end.
    this.full = exchange.answer === 'dump' || writer.at >= BATCH_BYTES;
  }

  /**
   * Ends the batch with a message that does nothing and is acknowledged: its ACK proves that everything before it was
   * carried out. A last request that is answered anyway proves the same.
   */
  fence(): void {
    const last = this.exchanges.at(-1)?.answer;
    this.endsWithDump = last === 'dump';
    if (last === 'reply' || last === 'dump') return;
    const start = this.#message(NLMSG_NOOP, NLM_F_ACK);
    this.writer.view.setUint32(start + nlmsg_len, nlmsghdr.size, this.writer.littleEndian);
    this.exchanges.push(undefined);
    this.starts.push(start);
  }

  /** Where the sequence numbers of the next batch begin: after the fence. */
  get nextSeq(): number {
    return (this.firstSeq + this.exchanges.length + 1) >>> 0;
  }

  /** Index of the request that a message with this sequence number answers; outside the batch for a stranger. */
  indexOf(seq: number): number {
    return (seq - this.firstSeq) >>> 0;
  }

  /** The message of a request, as it was sent. */
  message(index: number): ReadBuffer {
    return readBuffer(
      this.writer.bytes.subarray(this.starts[index], this.starts[index + 1] ?? this.writer.at),
      this.writer.littleEndian,
    );
  }

  /** Lets go of a request. One that was not sent yet is not carried out: the kernel passes over what remains of it. */
  abandon(exchange: Exchange): void {
    exchange.carrier = undefined;
    this.exchanges[exchange.place] = undefined;
    const start = this.starts[exchange.place] ?? 0;
    this.writer.view.setUint16(start + nlmsg_type, NLMSG_NOOP, this.writer.littleEndian);
  }

  #message(type: number, flags: number): number {
    const { writer } = this;
    const start = writer.reserve(nlmsghdr.size);
    const { view, littleEndian } = writer;
    view.setUint16(start + nlmsg_type, type, littleEndian);
    view.setUint16(start + nlmsg_flags, flags, littleEndian);
    view.setUint32(start + nlmsg_seq, this.firstSeq + this.exchanges.length, littleEndian);
    view.setUint32(start + nlmsg_pid, 0, littleEndian);
    return start;
  }
}
