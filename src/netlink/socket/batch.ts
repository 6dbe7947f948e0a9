import type { IpvsLibraryError } from '../../errors/library-error.ts';
import { type ReadBuffer, readBuffer, WriteBuffer } from '../codec/buffer.ts';
import { NLM_F_ACK, NLM_F_REQUEST, NLMSG_NOOP } from '../codec/constants.ts';
import { nlmsghdr } from '../codec/struct.ts';
import { Deadline } from './deadline.ts';
import type { Exchange } from './exchange.ts';

/** Enough for some hundred commands, and small enough that one batch never holds the event loop for long. */
const BATCH_BYTES = 64 * 1024;

/**
 * What one answer takes of the receive queue, in the kernel's own accounting (skb truesize): an error with its
 * extended ack, and a reply of up to 1.7 KB.
 */
const ANSWER_COST = { nothing: 960, reply: 2304, dump: 0 } as const;

const { nlmsg_len, nlmsg_type, nlmsg_flags, nlmsg_seq, nlmsg_pid } = nlmsghdr.offset;

/** What a socket holds, in bytes. */
export interface BatchLimits {
  /** The receive queue, in the kernel's own accounting. */
  readonly receiveBuffer: number;
  /** One datagram that is sent. */
  readonly datagram: number;
}

const UNBOUNDED: BatchLimits = { receiveBuffer: Number.POSITIVE_INFINITY, datagram: Number.POSITIVE_INFINITY };

/** Requests that travel in one datagram. */
export class Batch {
  /** The requests, in the order of their messages; undefined where one was abandoned. */
  exchanges: (Exchange | undefined)[] = [];
  readonly writer: WriteBuffer;
  /** Sequence number of the first message; the others follow. */
  readonly firstSeq: number;
  /** Whether nothing more fits in, of whatever kind. */
  full = false;
  /** How the last message is answered, once the batch is complete. */
  last: 'acknowledgement' | 'reply' | 'dump' = 'acknowledgement';
  /** Why answers that did not come so far will not come, or cannot be relied on. */
  lost: IpvsLibraryError | undefined = undefined;
  /** Whether the kernel refused all of it with the answer to its first message. */
  refused = false;
  /** How many messages answered a request of the batch. */
  answers = 0;
  /** How many errors were met while looking for what is left, after the batch failed. */
  drainErrors = 0;
  #resumed = false;
  #deadline: Deadline | undefined;
  #cost = 0;
  #abandoned = 0;
  readonly #limits: BatchLimits;

  constructor(writer: WriteBuffer, firstSeq: number, limits: BatchLimits) {
    writer.at = 0;
    this.writer = writer;
    this.firstSeq = firstSeq;
    this.#limits = limits;
  }

  /** Whether the batch has room for one more of its kind: the receive queue must suffice even if every request fails. */
  accepts(exchange: Exchange): boolean {
    const fence = ANSWER_COST.nothing;
    return (
      !this.full &&
      (this.exchanges.length === 0 || this.#cost + ANSWER_COST[exchange.answer] + fence <= this.#limits.receiveBuffer)
    );
  }

  /**
   * Encodes a request. Returns its payload when the datagram cannot hold it beside the others, for {@link adopt} of the
   * next batch. Throws InputError; the batch is then as it was.
   */
  add(exchange: Exchange): Uint8Array | undefined {
    const { writer } = this;
    const start = writer.at;
    try {
      this.#message(exchange.type, exchange.flags | NLM_F_REQUEST);
      exchange.write(writer);
    } catch (error) {
      writer.at = start;
      throw error;
    }
    if (this.exchanges.length > 0 && writer.at + 3 + nlmsghdr.size > this.#limits.datagram) {
      const payload = writer.bytes.slice(start + nlmsghdr.size, writer.at);
      writer.at = start;
      this.full = true;
      return payload;
    }
    this.#take(exchange, start);
    return undefined;
  }

  /** Takes a request over that another batch encoded but could not hold. */
  adopt(exchange: Exchange, payload: Uint8Array): void {
    const start = this.#message(exchange.type, exchange.flags | NLM_F_REQUEST);
    this.writer.append(payload);
    this.#take(exchange, start);
  }

  #take(exchange: Exchange, start: number): void {
    const { writer } = this;
    writer.view.setUint32(start + nlmsg_len, writer.at - start, writer.littleEndian);
    writer.pad();
    exchange.carrier = this;
    exchange.place = this.exchanges.length;
    exchange.start = start;
    // Most batches hold one request, and an array that grows takes room for seventeen.
    if (this.exchanges.length === 0) this.exchanges = [exchange];
    else this.exchanges.push(exchange);
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
    if (last === 'reply' || last === 'dump') {
      this.last = last;
      return;
    }
    const start = this.#message(NLMSG_NOOP, NLM_F_ACK);
    this.writer.view.setUint32(start + nlmsg_len, nlmsghdr.size, this.writer.littleEndian);
    this.exchanges.push(undefined);
  }

  /** Whether every request was abandoned, so that there is nothing to send. */
  get empty(): boolean {
    return this.#abandoned === this.exchanges.length;
  }

  /** Where the sequence numbers of the next batch begin: after the fence. */
  get nextSeq(): number {
    return (this.firstSeq + this.exchanges.length + 1) >>> 0;
  }

  /** Index of the request that a message with this sequence number answers; out of range if it belongs to another batch. */
  indexOf(seq: number): number {
    return (seq - this.firstSeq) >>> 0;
  }

  /** Index of the request for a dump, which is always the last; -1 without one. */
  get dumpIndex(): number {
    return this.last === 'dump' ? this.exchanges.length - 1 : -1;
  }

  /** Whether a dump that did not come to its end is to be resumed, which is tried once. */
  startResume(): boolean {
    if (this.#resumed || this.last !== 'dump') return false;
    this.#resumed = true;
    return true;
  }

  /** The message of a request, as it was sent. */
  message({ start }: Exchange): ReadBuffer {
    const { bytes, view, littleEndian } = this.writer;
    return readBuffer(bytes.subarray(start, start + view.getUint32(start + nlmsg_len, littleEndian)), littleEndian);
  }

  /** Lets go of a request. One that was not sent yet is not carried out: the kernel passes over what remains of it. */
  abandon(exchange: Exchange): void {
    exchange.carrier = undefined;
    this.exchanges[exchange.place] = undefined;
    this.#abandoned++;
    this.writer.view.setUint16(exchange.start + nlmsg_type, NLMSG_NOOP, this.writer.littleEndian);
  }

  /** Whether the answers are too late, judged once a time slice: none for a while, or no end to them. */
  isLate(): boolean {
    this.#deadline ??= new Deadline();
    return this.#deadline.check(this.answers);
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

/** A message that does nothing and is acknowledged, as a datagram of its own. */
export function fenceMessage(seq: number, littleEndian: boolean): Uint8Array {
  const batch = new Batch(new WriteBuffer(nlmsghdr.size, littleEndian), seq, UNBOUNDED);
  batch.fence();
  return batch.writer.written();
}
