import { errnoNumber } from '../../errors/errno.ts';
import { TransportError } from '../../errors/transport-error.ts';
import { WireError } from '../../errors/wire-error.ts';
import type { Transport } from '../../linux/transport.ts';
import { type ReadBuffer, readBuffer, WriteBuffer } from '../codec/buffer.ts';
import { align, NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP } from '../codec/constants.ts';
import { nlmsghdr } from '../codec/struct.ts';
import { Batch } from './batch.ts';
import type { Exchange } from './exchange.ts';
import { readDone, readError } from './extended-ack.ts';
import { TimeSlice } from './time-slice.ts';

/** A dump's chunks are as large as the largest buffer ever offered, up to 32 KiB (net/netlink/af_netlink.c, netlink_dump). */
const RECEIVE_BYTES = 64 * 1024;

/** Writers that are kept for batches to come, about 64 KiB each: a burst needs many, and comes once. */
const MAX_SPARE = 8;

const ENOBUFS = errnoNumber('ENOBUFS');
const { nlmsg_len, nlmsg_type, nlmsg_flags, nlmsg_seq } = nlmsghdr.offset;

/**
 * Carries requests over a transport. Requests submitted in the same tick travel in one datagram and settle in order,
 * each with its own result. Datagrams are bounded, and about every 5 ms the event loop gets its turn.
 */
export class Socket {
  readonly #transport: Transport;
  readonly #received: ReadBuffer = readBuffer(Buffer.alloc(RECEIVE_BYTES));
  /** Batches that wait to be sent; the last one may still grow. */
  readonly #waiting: Batch[] = [];
  /** The batch whose answers are being received. */
  #current: Batch | undefined;
  #nextSeq = 1;
  readonly #slice = new TimeSlice();
  #running = false;
  #closed = false;
  readonly #closing: (() => void)[] = [];
  /** Writers of settled batches, to be used again. */
  readonly #spare: WriteBuffer[] = [];

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Queues a request. Whatever goes wrong arrives at the exchange's `fail`, bad input at once. */
  submit(exchange: Exchange): void {
    if (this.#closed) {
      exchange.fail(new TransportError('ERR_NETLINK_CLOSED', 'The socket is closed'));
      return;
    }
    exchange.answered = false;
    exchange.failure = undefined;
    const batch = this.#batchFor(exchange);
    try {
      batch.add(exchange);
    } catch (error) {
      exchange.fail(error);
    }
    this.#nextSeq = batch.nextSeq;
    if (this.#running) return;
    this.#running = true;
    this.#schedule();
  }

  /** Lets go of a request; it will not settle. One that was not sent yet is not carried out. */
  abandon(exchange: Exchange): void {
    exchange.carrier?.abandon(exchange);
  }

  /** Takes no more requests, waits until those under way have settled, and closes the transport. */
  close(): Promise<void> {
    this.#closed = true;
    return new Promise((resolve) => {
      this.#closing.push(resolve);
      if (!this.#running) this.#release();
    });
  }

  #release(): void {
    this.#transport.close();
    this.#spare.length = 0;
    for (const resolve of this.#closing.splice(0)) resolve();
  }

  #batchFor(exchange: Exchange): Batch {
    const last = this.#waiting.at(-1);
    if (last?.accepts(exchange)) return last;
    const batch = new Batch(this.#spare.pop() ?? new WriteBuffer(4096), this.#nextSeq, this.#transport.receiveBuffer);
    this.#waiting.push(batch);
    return batch;
  }

  /** At the end of the tick, when all who wait for one batch have had the chance to add to the next. */
  #schedule(): void {
    if (this.#slice.over) setImmediate(this.#run);
    else process.nextTick(this.#run);
  }

  /** Sends and receives one batch, then those that can grow no more, until the event loop is due. */
  readonly #run = (): void => {
    do {
      const batch = this.#next();
      if (batch && this.#finish(batch)) this.#settle(batch);
    } while (!this.#slice.over && (this.#waiting.length > 1 || this.#waiting[0]?.full));
    if (this.#current || this.#waiting.length > 0) {
      setImmediate(this.#run);
      return;
    }
    this.#running = false;
    if (this.#closed) this.#release();
  };

  /** Receives until the batch is complete, or until the event loop is due; true when it is complete. */
  #finish(batch: Batch): boolean {
    while (!this.#receive(batch)) if (this.#slice.over) return false;
    return true;
  }

  /** The batch under way, or else the next one, sent. */
  #next(): Batch | undefined {
    while (!this.#current) {
      const batch = this.#waiting.shift();
      if (!batch) return undefined;
      if (batch.exchanges.every((exchange) => exchange === undefined)) continue;
      batch.fence();
      this.#slice.sent(batch.exchanges.length);
      this.#current = batch;
      try {
        this.#transport.send(batch.writer.written());
      } catch (error) {
        this.#lose(batch, error);
        this.#settle(batch);
      }
    }
    return this.#current;
  }

  /** Receives one datagram; true when it was the batch's last. */
  #receive(batch: Batch): boolean {
    try {
      return this.#dispatch(batch, this.#transport.receive(this.#received.bytes, true, batch.endsWithDump));
    } catch (error) {
      if (error instanceof TransportError && error.code === 'ERR_NETLINK_OVERRUN') this.#drain(batch);
      this.#lose(batch, error);
      return true;
    }
  }

  /** After an overrun the queue still holds answers, and only an empty queue lets new ones in. */
  #drain(batch: Batch): void {
    try {
      for (;;) this.#dispatch(batch, this.#transport.receive(this.#received.bytes, false));
    } catch {
      // An empty queue is what was waited for; anything else will show again on the next receive.
    }
  }

  /** What has no answer yet will get none. */
  #lose(batch: Batch, error: unknown): void {
    for (const exchange of batch.exchanges) if (exchange && !exchange.answered) exchange.failure ??= error;
  }

  /** Hands every message of the received datagram to the request it answers; true when the last answer was there. */
  #dispatch(batch: Batch, size: number): boolean {
    const { view, littleEndian, bytes } = this.#received;
    let complete = false;
    let messages = 0;
    for (let at = 0; at + nlmsghdr.size <= size; messages++) {
      const length = view.getUint32(at + nlmsg_len, littleEndian);
      const index = batch.indexOf(view.getUint32(at + nlmsg_seq, littleEndian));
      const cut = at + length > bytes.length;
      if (length < nlmsghdr.size || (at + length > size && !cut))
        throw new WireError(`a message of ${length} bytes in a datagram of ${size}`);
      if (index < batch.exchanges.length) complete = this.#take(batch, index, at, length, cut) || complete;
      at += align(length);
    }
    this.#slice.received(messages);
    return complete;
  }

  /** Takes one message; true when it is the last that the batch waits for. */
  #take(batch: Batch, index: number, at: number, length: number, cut: boolean): boolean {
    const { view, littleEndian } = this.#received;
    const exchange = batch.exchanges[index];
    const type = view.getUint16(at + nlmsg_type, littleEndian);
    const last = index === batch.exchanges.length - 1;
    if (type === NLMSG_NOOP) return false;
    try {
      if (cut) throw new TransportError('ERR_NETLINK_TRUNCATED', `A message of ${length} bytes was cut`);
      if (type === NLMSG_ERROR || type === NLMSG_DONE) return this.#takeEnd(batch, index, at, length, type) && last;
      if (exchange) exchange.answered = true;
      exchange?.read(this.#received, at + nlmsghdr.size, length - nlmsghdr.size);
    } catch (error) {
      if (exchange) exchange.failure ??= error;
    }
    return last && !batch.endsWithDump;
  }

  /** Takes an acknowledgement, a refusal or the end of a dump; false when more of the same request will follow. */
  #takeEnd(batch: Batch, index: number, at: number, length: number, type: number): boolean {
    const { view, littleEndian } = this.#received;
    const exchange = batch.exchanges[index];
    const flags = view.getUint16(at + nlmsg_flags, littleEndian);
    const read = type === NLMSG_DONE ? readDone : readError;
    const refusal = read(this.#received, at, at + length, flags);
    // A dump that starts on a full queue is refused and sent all the same (net/netlink/af_netlink.c, __netlink_dump_start).
    if (refusal.errno === ENOBUFS && type === NLMSG_ERROR && batch.endsWithDump) return false;
    if (exchange) exchange.answered = true;
    if (exchange && refusal.errno !== 0) exchange.failure ??= exchange.toError(refusal, batch.message(index));
    return true;
  }

  /** Gives every request of the batch its result, in order. */
  #settle(batch: Batch): void {
    this.#current = undefined;
    for (const exchange of batch.exchanges) {
      if (!exchange) continue;
      exchange.carrier = undefined;
      if (exchange.failure !== undefined) exchange.fail(exchange.failure);
      else if (exchange.answer === 'nothing' || exchange.answered) exchange.done();
      else exchange.fail(new TransportError('ERR_NETLINK_UNANSWERED', 'The kernel gave no answer to the request'));
    }
    if (this.#spare.length < MAX_SPARE) this.#spare.push(batch.writer);
  }
}
