import { errnoNumber } from '../../errors/errno.ts';
import type { Refusal } from '../../errors/kernel-error.ts';
import { IpvsLibraryError } from '../../errors/library-error.ts';
import { TransportError } from '../../errors/transport-error.ts';
import { WireError } from '../../errors/wire-error.ts';
import type { ReceiveOptions, Transport } from '../../linux/transport.ts';
import { type ReadBuffer, readBuffer } from '../codec/buffer.ts';
import { align, NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP, NLMSG_OVERRUN } from '../codec/constants.ts';
import { nlmsghdr } from '../codec/struct.ts';
import { Batch, type BatchLimits, fenceMessage } from './batch.ts';
import type { Exchange } from './exchange.ts';
import { readDone, readError } from './extended-ack.ts';
import { throwUncaught } from './isolated.ts';
import { SpareWriters } from './spare-writers.ts';
import { TimeSlice } from './time-slice.ts';

/** A dump's chunks are as large as the largest buffer ever offered, up to 32 KiB (net/netlink/af_netlink.c, netlink_dump). */
const RECEIVE_BYTES = 64 * 1024;

/** Errors in a row that do not end the search for what is left of a batch that failed. */
const MAX_DRAIN_ERRORS = 4;

const EBUSY = errnoNumber('EBUSY');
const ENOBUFS = errnoNumber('ENOBUFS');
const EPERM = errnoNumber('EPERM');
const { nlmsg_len, nlmsg_type, nlmsg_flags, nlmsg_seq } = nlmsghdr.offset;

const ONE: ReceiveOptions = {};
const DUMPED: ReceiveOptions = { expectMore: true };
const LEFT_OVER: ReceiveOptions = { wait: false };

/** How the kernel's end of a socket differs from generic netlink and rtnetlink. */
export interface SocketOptions {
  /**
   * Whether the kernel refuses a datagram for want of a privilege as a whole, by an answer to its first message alone
   * (net/netfilter/nfnetlink.c, nfnetlink_rcv). Default false.
   */
  readonly refusesDatagrams?: boolean | undefined;
}

/**
 * Carries requests over a transport. Requests submitted in the same tick travel in one datagram and settle in order,
 * each with its own result. Datagrams are bounded, and about every 5 ms the event loop gets its turn.
 */
export class Socket {
  readonly #transport: Transport;
  readonly #refusesDatagrams: boolean;
  readonly #limits: BatchLimits;
  readonly #received: ReadBuffer;
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
  readonly #spare: SpareWriters;

  constructor(transport: Transport, { refusesDatagrams = false }: SocketOptions = {}) {
    this.#transport = transport;
    this.#refusesDatagrams = refusesDatagrams;
    const { receiveBuffer, largestDatagram = Number.POSITIVE_INFINITY, littleEndian } = transport;
    this.#received = readBuffer(new Uint8Array(RECEIVE_BYTES), littleEndian);
    this.#limits = { receiveBuffer, datagram: largestDatagram };
    this.#spare = new SpareWriters(this.#received.littleEndian);
  }

  /**
   * Queues a request. Never throws; failures go to `exchange.onFailure`, bad input at once.
   * @example
   * ```ts
   * class GetFamily extends Exchange {
   *   readonly type = 16; // nlctrl
   *   readonly flags = 0;
   *   readonly answer = 'reply';
   *   write(to: WriteBuffer) {
   *     this.replyType = this.type;
   *     to.append(Uint8Array.of(3, 2, 0, 0)); // struct genlmsghdr
   *     control.write(to, { familyName: 'IPVS' }, {});
   *   }
   *   read(from: ReadBuffer, at: number, length: number) {
   *     console.log(control.read(from, at + 4, length - 4, {}).version); // 1
   *   }
   *   toError = ({ errno }: Refusal) => new KernelError({ errno, request: 'CTRL_CMD_GETFAMILY' });
   *   onDone() {}
   *   onFailure(error: unknown) {}
   *   onInterrupted() {}
   * }
   * const socket = new Socket(kernel.connect());
   * socket.submit(new GetFamily());
   * await socket.close();
   * ```
   */
  submit(exchange: Exchange): void {
    if (this.#closed) {
      exchange.onFailure(new TransportError('ERR_NETLINK_CLOSED', 'The socket is closed'));
      return;
    }
    exchange.answered = false;
    exchange.interrupted = false;
    exchange.replies = 0;
    exchange.failure = undefined;
    const batch = this.#batchFor(exchange);
    try {
      const payload = batch.add(exchange);
      this.#nextSeq = batch.nextSeq;
      if (payload) this.#adopt(exchange, payload);
    } catch (error) {
      exchange.onFailure(error);
    }
    if (this.#running) return;
    this.#running = true;
    this.#schedule();
  }

  /**
   * Lets go of a request; it will not settle. One that was not sent yet is not carried out.
   * @example
   * ```ts
   * class Nothing extends Exchange {
   *   readonly type = 1; // NLMSG_NOOP
   *   readonly flags = 0;
   *   readonly answer = 'nothing';
   *   write() {}
   *   read() {}
   *   toError = ({ errno }: Refusal) => new KernelError({ errno, request: 'NLMSG_NOOP' });
   *   onDone() {}
   *   onFailure() {}
   *   onInterrupted() {}
   * }
   * const socket = new Socket(kernel.connect());
   * const exchange = new Nothing();
   * socket.submit(exchange);
   * socket.abandon(exchange);
   * ```
   */
  abandon(exchange: Exchange): void {
    exchange.carrier?.abandon(exchange);
  }

  /**
   * Takes no more requests, waits until those under way have settled, and closes the transport.
   * @example
   * ```ts
   * const socket = new Socket(kernel.connect());
   * await socket.close();
   * await Family.resolve(socket, 'IPVS').catch((error) => console.log(error.code)); // ERR_NETLINK_CLOSED
   * ```
   */
  close(): Promise<void> {
    this.#closed = true;
    return new Promise((resolve) => {
      this.#closing.push(resolve);
      if (!this.#running) this.#release();
    });
  }

  #release(): void {
    this.#transport.close();
    this.#spare.clear();
    for (const resolve of this.#closing.splice(0)) resolve();
  }

  #batchFor(exchange: Exchange): Batch {
    const last = this.#waiting.at(-1);
    return last?.accepts(exchange) ? last : this.#newBatch(exchange);
  }

  #newBatch({ answer }: Exchange): Batch {
    // Nothing follows a dump in its batch.
    const writer = this.#spare.take(answer === 'dump' ? 'one' : 'many');
    const batch = new Batch(writer, this.#nextSeq, this.#limits);
    this.#waiting.push(batch);
    return batch;
  }

  /** Puts a request into a batch of its own that the last one could not hold. */
  #adopt(exchange: Exchange, payload: Uint8Array): void {
    const batch = this.#newBatch(exchange);
    batch.adopt(exchange, payload);
    this.#nextSeq = batch.nextSeq;
  }

  /** At the end of the tick, so that all callers just resolved can add to the next batch. */
  #schedule(): void {
    if (this.#slice.check()) setImmediate(this.#run);
    else process.nextTick(this.#run);
  }

  /** Sends and receives one batch, then those that can grow no more, until the event loop is due. */
  readonly #run = (): void => {
    do {
      const batch = this.#current ?? this.#sendNext();
      if (batch && this.#finish(batch)) this.#settle(batch);
    } while (!this.#slice.check() && (this.#waiting.length > 1 || this.#waiting[0]?.full));
    if (this.#current || this.#waiting.length > 0) {
      setImmediate(this.#run);
      return;
    }
    this.#running = false;
    if (this.#closed) this.#release();
  };

  /** Sends the next batch that has requests; undefined when there is none. */
  #sendNext(): Batch | undefined {
    for (let batch = this.#waiting.shift(); batch; batch = this.#waiting.shift()) {
      if (batch.empty) continue;
      batch.fence();
      this.#slice.sent(batch.exchanges.length);
      this.#current = batch;
      try {
        this.#transport.send(batch.writer.written());
        return batch;
      } catch (error) {
        batch.lost = ownError(error);
        this.#settle(batch);
      }
    }
    return undefined;
  }

  /** Receives until the batch is complete, or until the event loop is due; true when it is complete. */
  #finish(batch: Batch): boolean {
    while (!(batch.lost ? this.#drain(batch) : this.#receive(batch))) {
      if (!this.#slice.check()) continue;
      if (!batch.isLate()) return false;
      if (!batch.lost) lose(batch, new TransportError('ERR_NETLINK_TIMEOUT', 'The kernel gave no answer in time'));
      return true;
    }
    return true;
  }

  /** Receives one datagram; true when it was the batch's last. */
  #receive(batch: Batch): boolean {
    try {
      return this.#dispatch(batch, this.#transport.receive(this.#received.bytes, batch.last === 'dump' ? DUMPED : ONE));
    } catch (error) {
      lose(batch, ownError(error));
      return false;
    }
  }

  /**
   * Receives one datagram of what is left of a batch that failed; true when there is no more. After an overrun only an
   * empty queue lets new answers in, and a dump must come to its end before the socket can run another.
   */
  #drain(batch: Batch): boolean {
    try {
      return this.#dispatch(batch, this.#transport.receive(this.#received.bytes, LEFT_OVER));
    } catch (error) {
      this.#slice.received(1);
      const empty = error instanceof TransportError && error.code === 'ERR_NETLINK_TIMEOUT';
      if (empty) return !batch.startResume() || !this.#resumeDump();
      return ++batch.drainErrors > MAX_DRAIN_ERRORS;
    }
  }

  /** The kernel goes on with a dump when something is received (netlink_recvmsg): an acknowledgement, if it stopped. */
  #resumeDump(): boolean {
    try {
      this.#transport.send(fenceMessage(this.#nextSeq, this.#received.littleEndian));
      this.#nextSeq = (this.#nextSeq + 1) >>> 0;
      return true;
    } catch {
      // The batch has failed already, with what went wrong first.
      return false;
    }
  }

  /** Hands every message of the received datagram to the request it answers; true when the last answer was there. */
  #dispatch(batch: Batch, size: number): boolean {
    const { view, littleEndian, bytes } = this.#received;
    if (!Number.isInteger(size) || size < nlmsghdr.size)
      throw new WireError(`a datagram of ${String(size)} bytes, which has no room for a message`);
    const end = Math.min(size, bytes.length);
    let complete = false;
    let messages = 1;
    for (let at = 0; at < end; messages++) {
      const length = end - at < nlmsghdr.size ? 0 : view.getUint32(at + nlmsg_len, littleEndian);
      if (length < nlmsghdr.size || length > end - at) {
        this.#slice.received(messages);
        throw size > end
          ? cut(size)
          : new WireError(`a message of ${length} bytes where a datagram has ${end - at} left`);
      }
      const index = batch.indexOf(view.getUint32(at + nlmsg_seq, littleEndian));
      if (index < batch.exchanges.length) complete = this.#take(batch, index, at, length) || complete;
      at += align(length);
    }
    this.#slice.received(messages);
    if (size > end) throw cut(size);
    return complete;
  }

  /** Takes one message; true when it is the last that the batch waits for. */
  #take(batch: Batch, index: number, at: number, length: number): boolean {
    const type = this.#received.view.getUint16(at + nlmsg_type, this.#received.littleEndian);
    if (type === NLMSG_NOOP) return false;
    if (type === NLMSG_OVERRUN)
      throw new TransportError('ERR_NETLINK_OVERRUN', 'The kernel lost answers (NLMSG_OVERRUN)');
    batch.answers++;
    const last = index === batch.exchanges.length - 1;
    if (last && batch.last === 'acknowledgement') return this.#takeAcknowledgement(at, length, type);
    const ends = type === NLMSG_ERROR || type === NLMSG_DONE;
    const exchange = batch.exchanges[index];
    try {
      if (ends) return this.#takeEnd(batch, index, at, length, type) && (last || batch.refused);
      if (exchange) this.#takeReply(exchange, at, length, type);
    } catch (error) {
      if (exchange) exchange.failure ??= error ?? new WireError('a reply that could not be taken');
      else if (ends && last) throw error;
    }
    return last && (ends || batch.last !== 'dump');
  }

  /** Takes the answer to the fence; true. Anything but an acknowledgement proves nothing of the requests before it. */
  #takeAcknowledgement(at: number, length: number, type: number): true {
    const flags = this.#received.view.getUint16(at + nlmsg_flags, this.#received.littleEndian);
    const acknowledges = type === NLMSG_ERROR && readError(this.#received, at, at + length, flags).errno === 0;
    if (!acknowledges)
      throw new WireError(`a message of type ${type} that is no acknowledgement, where one was asked for`);
    return true;
  }

  /** Takes one of the replies to a request. */
  #takeReply(exchange: Exchange, at: number, length: number, type: number): void {
    const { answer, replyType } = exchange;
    if (type !== replyType) throw new WireError(`a message of type ${type} where type ${replyType} was asked for`);
    if (answer === 'nothing') throw new WireError('a reply to a request that has none');
    if (answer === 'reply' && exchange.replies > 0) throw new WireError('a second reply to a request that has one');
    exchange.replies++;
    if (answer === 'dump') this.#noteInterruption(exchange, at);
    else exchange.answered = true;
    exchange.read(this.#received, at + nlmsghdr.size, length - nlmsghdr.size);
  }

  #noteInterruption(exchange: Exchange, at: number): void {
    const flags = this.#received.view.getUint16(at + nlmsg_flags, this.#received.littleEndian);
    if (flags & NLM_F_DUMP_INTR) exchange.interrupted = true;
  }

  /** Takes an acknowledgement, a refusal or the end of a dump; false when more of the same request will follow. */
  #takeEnd(batch: Batch, index: number, at: number, length: number, type: number): boolean {
    const { view, littleEndian } = this.#received;
    const exchange = batch.exchanges[index];
    const flags = view.getUint16(at + nlmsg_flags, littleEndian);
    const read = type === NLMSG_DONE ? readDone : readError;
    const refusal = read(this.#received, at, at + length, flags);
    if (this.#refusesDatagrams && index === 0 && refusal.errno === EPERM) return refuseAll(batch, refusal);
    // A dump that starts on a full queue is refused and sent all the same (net/netlink/af_netlink.c, __netlink_dump_start).
    if (refusal.errno === ENOBUFS && type === NLMSG_ERROR && index === batch.dumpIndex) return false;
    // Refused half way, or because another is running: one that nobody reads would keep the socket from the next.
    const running =
      type === NLMSG_ERROR && index === batch.dumpIndex && (refusal.errno === EBUSY || !!exchange?.replies);
    if (running) batch.lost ??= new WireError('a dump was refused while one was running');
    if (!exchange) return !running;
    if (refusal.errno !== 0) {
      exchange.failure ??= exchange.toError(refusal, batch.message(exchange));
    } else if (exchange.answer !== 'dump' || type !== NLMSG_DONE) {
      throw new WireError(
        type === NLMSG_DONE ? 'the end of a dump that nobody asked for' : 'an acknowledgement that nobody asked for',
      );
    } else this.#noteInterruption(exchange, at);
    exchange.answered = true;
    return !running;
  }

  /** Gives every request of the batch its result, in order; a call takes a moment longer to reject with a refusal. */
  #settle(batch: Batch): void {
    this.#current = undefined;
    for (let index = 0; index < batch.exchanges.length; index++) {
      const exchange = batch.exchanges[index];
      if (!exchange) continue;
      exchange.carrier = undefined;
      const failure = exchange.failure ?? failureOf(exchange, batch.lost);
      try {
        if (failure !== undefined) exchange.onFailure(failure);
        else if (exchange.interrupted) exchange.onInterrupted(batch.message(exchange));
        else exchange.onDone();
      } catch (error) {
        // What an exchange throws is the program's, and the others are to settle all the same.
        throwUncaught(error);
      }
    }
    this.#spare.keep(batch.writer);
  }
}

/** Takes a refusal for that of every request; true, since no other answer will come. */
function refuseAll(batch: Batch, refusal: Refusal): true {
  batch.refused = true;
  for (const each of batch.exchanges) if (each) each.failure ??= each.toError(refusal, batch.message(each));
  return true;
}

/** Takes a batch for failed: what is unanswered stays so unless its answer is left over, and a dump has a gap. */
function lose(batch: Batch, error: IpvsLibraryError): void {
  batch.lost = error;
  const dump = batch.exchanges[batch.dumpIndex];
  if (dump) dump.failure ??= failureOf(dump, error);
}

/** Why a request that nothing else went wrong with has failed all the same: its answers did not all come. */
function failureOf({ answer, answered, replies }: Exchange, lost: IpvsLibraryError | undefined): unknown {
  // Silence before the fence's acknowledgement is success.
  if (answered || (answer === 'nothing' && !lost)) return undefined;
  if (!lost) return new TransportError('ERR_NETLINK_UNANSWERED', 'The kernel gave no answer to the request');
  if (answer !== 'dump' || replies === 0) return lost;
  const problem = `the listing broke off after ${replies} entries: ${lost.message}`;
  return lost instanceof TransportError
    ? new TransportError(lost.code, capitalized(problem), { cause: lost })
    : new WireError(problem);
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function cut(size: number): TransportError {
  return new TransportError(
    'ERR_NETLINK_TRUNCATED',
    `A datagram of ${size} bytes was cut to the ${RECEIVE_BYTES} of the buffer`,
  );
}

/** What a transport threw, as an error of this package. */
function ownError(error: unknown): IpvsLibraryError {
  if (error instanceof IpvsLibraryError) return error;
  const message = `The transport failed: ${error instanceof Error ? error.message : String(error)}`;
  return new TransportError('ERR_NETLINK_SYSTEM', message, { cause: error });
}
