import { errnoNumber } from '../../errors/errno.ts';
import { TransportError } from '../../errors/transport-error.ts';
import { align, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST } from '../../netlink/codec/constants.ts';
import { nlmsghdr } from '../../netlink/codec/struct.ts';
import { readBuffer, type Transport, WriteBuffer } from '../../netlink/index.ts';
import { type AckOptions, putAck } from './acknowledge.ts';
import { chunkSize, Dump } from './dump.ts';
import type { Faults } from './faults.ts';
import type { DispatchContext } from './generic/dispatch.ts';
import type { Inquiry, KernelProtocol, Message } from './protocol.ts';
import { ReceiveQueue, truesize } from './receive-queue.ts';
import { Refused } from './refused.ts';
import { putMessage } from './reply.ts';
import { Request } from './request.ts';

/** The first message type of a family. */
const NLMSG_MIN_TYPE = 16;
/** The longest datagram that a send buffer of the default size takes (net/netlink/af_netlink.c, netlink_sendmsg). */
const LARGEST_DATAGRAM = 212992 - 32;

/** The errno for which a full queue is the reason. */
const NO_ROOM = 'ENOBUFS';

/** The state that all sockets of a kernel share. */
export interface Machine extends DispatchContext {
  readonly faults: Faults;
  /** The sockets that are open. */
  readonly sockets: Set<FakeSocket>;
  /** The kernel's byte order. */
  readonly littleEndian: boolean;
}

/** A netlink socket of a fake kernel (net/netlink/af_netlink.c). */
export class FakeSocket implements Transport {
  readonly receiveBuffer: number;
  readonly littleEndian: boolean;
  readonly #machine: Machine;
  readonly #protocol: KernelProtocol;
  readonly #portId: number;
  readonly #options: AckOptions;
  readonly #queue: ReceiveQueue;
  /** Answers that are kept back. */
  #withheld: (() => void)[] = [];
  #withholding = false;
  #dump: Dump | undefined;
  #largestBuffer = 0;
  #closed = false;

  constructor(machine: Machine, protocol: KernelProtocol, portId: number, receiveBuffer: number, options: AckOptions) {
    this.#machine = machine;
    this.#protocol = protocol;
    this.#portId = portId;
    this.#options = options;
    this.receiveBuffer = receiveBuffer;
    this.littleEndian = machine.littleEndian;
    this.#queue = new ReceiveQueue(receiveBuffer, machine.traits);
    machine.sockets.add(this);
  }

  /** Carries out every message before it returns, as the kernel does (netlink_rcv_skb). */
  send(datagram: Uint8Array): void {
    this.#checkOpen();
    if (datagram.length === 0) throw failure('ENODATA');
    if (datagram.length > LARGEST_DATAGRAM) throw failure('EMSGSIZE');
    this.#withholding = this.#machine.faults.takeWithheld();
    const { littleEndian } = this;
    const { bytes, view } = readBuffer(new Uint8Array(datagram), littleEndian);
    for (let at = 0; at + nlmsghdr.size <= bytes.length; ) {
      const length = view.getUint32(at + nlmsghdr.offset.nlmsg_len, littleEndian);
      if (length < nlmsghdr.size || at + length > bytes.length) break;
      const message = readBuffer(bytes.subarray(at, at + length), littleEndian);
      const request = new Request(message, (type) => this.#protocol.headerSize(type));
      const refused = this.#protocol.refuseDatagram?.();
      if (refused !== undefined) {
        this.#acknowledge(request, new Refused(refused).errno);
        break;
      }
      this.#handle(request);
      at += align(length);
    }
    this.#withholding = false;
  }

  receive(into: Uint8Array): number {
    this.#checkOpen();
    const whole = this.#take();
    if (!whole) throw new TransportError('ERR_NETLINK_TIMEOUT', 'The kernel gave no answer');
    const datagram = whole.subarray(0, this.#machine.faults.cuts.shift());
    into.set(datagram.subarray(0, into.length));
    this.#largestBuffer = Math.max(this.#largestBuffer, into.length);
    this.#continueDump();
    return datagram.length;
  }

  /** Takes a datagram; a dump goes on even if the error of an overrun comes in its place. */
  #take(): Uint8Array | undefined {
    try {
      return this.#queue.take();
    } catch (error) {
      this.#continueDump();
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    this.#machine.sockets.delete(this);
    this.#dump = undefined;
    this.#withheld = [];
  }

  /** Lets go of the answers that were kept back. */
  release(): void {
    for (const deliver of this.#withheld.splice(0)) deliver();
    this.#continueDump();
  }

  #handle(request: Request): void {
    let refused: Refused | undefined;
    let quiet = false;
    try {
      if (request.has(NLM_F_REQUEST) && request.type >= NLMSG_MIN_TYPE) quiet = this.#dispatch(request);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused = error;
    }
    if (quiet || (!refused && !request.has(NLM_F_ACK))) return;
    this.#acknowledge(request, refused?.errno ?? 0);
  }

  #acknowledge(request: Request, errno: number): void {
    const to = new WriteBuffer(64, this.littleEndian);
    putAck(to, request, errno, this.#portId, this.#options);
    this.#offer(to.written());
  }

  /** Carries out a request; true when it is not to be acknowledged. Throws Refused. */
  #dispatch(request: Request): boolean {
    const inquiry = this.#protocol.find(request);
    if (!inquiry) return false;
    try {
      const quiet = this.#carryOut(inquiry, request);
      inquiry.note(undefined);
      return quiet;
    } catch (error) {
      if (error instanceof Refused) inquiry.note(error.code);
      throw error;
    }
  }

  #carryOut(inquiry: Inquiry, request: Request): boolean {
    const { name, perform, dump, start } = inquiry.admit();
    const planned = this.#machine.faults.takeRefusal(name);
    const lists = dump && request.has(NLM_F_DUMP);
    if (planned && !(lists && planned === NO_ROOM)) throw new Refused(planned);
    if (lists) {
      const listing = new Dump(dump, request, this.#portId, this.#options.extAck);
      this.#startDump(listing, () => start?.(request), planned !== undefined);
      return true;
    }
    const answer = perform?.(request);
    if (answer) this.#reply(request, answer);
    return false;
  }

  #reply({ seq }: Request, { type, fill }: Message): void {
    const to = new WriteBuffer(512, this.littleEndian);
    putMessage(to, { type, flags: 0, seq, pid: this.#portId }, () => fill(to));
    if (!this.#offer(to.written())) throw new Refused('EAGAIN');
  }

  /** One dump at a time (__netlink_dump_start). One that finds the queue full is refused, and goes on all the same. */
  #startDump(dump: Dump, check: () => void, full: boolean): void {
    if (this.#dump) throw new Refused('EBUSY');
    check();
    this.#dump = dump;
    const refusal = full || this.#machine.faults.overruns > 0 ? NO_ROOM : this.#produce(dump);
    if (refusal) throw new Refused(refusal);
  }

  /** The next chunk is made when half of the queue is free (netlink_recvmsg). */
  #continueDump(): void {
    if (!this.#dump || this.#withheld.length > 0 || this.#queue.used > this.#queue.limit / 2) return;
    const failed = this.#produce(this.#dump);
    if (failed) this.#queue.fail(failed);
  }

  #produce(dump: Dump): string | undefined {
    const room = chunkSize(this.#largestBuffer);
    const cost = truesize(room, this.#machine.traits);
    if (this.#queue.used > 0 && this.#queue.used + cost >= this.#queue.limit) return NO_ROOM;
    const chunk = dump.next(room);
    if (dump.done) this.#dump = undefined;
    this.#deliver(() => this.#queue.push(chunk, cost));
    return undefined;
  }

  #offer(datagram: Uint8Array): boolean {
    if (this.#machine.faults.takeOverrun()) {
      this.#queue.overrun();
      return false;
    }
    const cost = truesize(datagram.length, this.#machine.traits);
    return this.#deliver(() => this.#queue.offer(datagram, cost));
  }

  #deliver<T>(deliver: () => T): T | true {
    if (!this.#withholding) return deliver();
    this.#withheld.push(deliver);
    return true;
  }

  #checkOpen(): void {
    if (this.#closed) throw new TransportError('ERR_NETLINK_CLOSED', 'The socket is closed');
  }
}

function failure(code: string): TransportError {
  const errno = errnoNumber(code);
  const message = `The system call send failed on a netlink socket (${code})`;
  return new TransportError('ERR_NETLINK_SYSTEM', message, { syscall: 'send', ...(errno !== undefined && { errno }) });
}
