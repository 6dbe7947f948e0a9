import { errnoNumber } from '../../errors/errno.ts';
import { KernelError, type Refusal } from '../../errors/kernel-error.ts';
import type { IpvsLibraryError } from '../../errors/library-error.ts';
import { TransportError } from '../../errors/transport-error.ts';
import { WireError } from '../../errors/wire-error.ts';
import { type AbortSignalLike, assertSignal } from '../../linux/abort-signal.ts';
import { type ReadBuffer, readBuffer, type WriteBuffer } from '../codec/buffer.ts';
import { NLM_F_DUMP } from '../codec/constants.ts';
import { nlmsghdr } from '../codec/struct.ts';
import type { Fields, Rows } from '../codec/table.ts';
import { Exchange } from '../socket/exchange.ts';
import type { Socket } from '../socket/socket.ts';
import { onAbort } from './on-abort.ts';
import type { Operation } from './operation.ts';
import { rejectLater } from './reject-later.ts';
import type { Resolvers } from './resolvers.ts';

const NONE = {};
const ignore = (): void => {};
const ENOENT = errnoNumber('ENOENT');

/** Dumps that the kernel marks as inconsistent are asked for this many times in all. */
const DUMP_ATTEMPTS = 5;

/** Options of a call. */
export interface CallOptions<Request = unknown> {
  /** Stops waiting. A request that was not sent yet is then not carried out; one that was sent may have been. */
  readonly signal?: AbortSignalLike | undefined;
  /** Makes a better error of the kernel's refusal of a request. */
  readonly mapError?: ((refusal: KernelError, request: Request) => IpvsLibraryError) | undefined;
}

/** A call that was refused in a way that a stale family number may explain. */
export interface RefusedCall extends Exchange {
  readonly pending: boolean;
  readonly sentTo: number;
  reject(error: unknown): void;
}

/** What sends calls: it knows the types of their messages and the header before their attributes. */
export interface CallSender {
  /** Type of the messages that ask for an operation. */
  requestType(operation: Operation): number;
  /** Type of the messages that answer it. */
  replyType(operation: Operation): number;
  /** Writes the operation's header, whose bytes are undefined so far. */
  writeHeader(to: WriteBuffer, at: number, operation: Operation): void;
  /** Submits the call again or rejects it; asked once for each call that was refused with ENOENT. */
  reconsider(call: RefusedCall, refusal: KernelError): void;
  /** Submits a call again. */
  resubmit(call: Exchange): void;
}

/** Makes something else of the fields of a reply; `at` is where its header starts in the datagram. */
export type ReplyMap<A extends Rows, T> = (reply: Fields<A>, from: ReadBuffer, at: number) => T;

/** One operation as an exchange: its fields on the way out, its decoded replies on the way in. */
export class Call<Q extends Rows, A extends Rows> extends Exchange {
  override readonly answer: Exchange['answer'];
  /** Whether the caller still waits. */
  pending = true;
  /** The type of the request's message when it was written. */
  sentTo = 0;
  readonly #sender: CallSender;
  readonly #operation: Operation<Q, A>;
  /** Known until they are written: many calls wait at once, and most succeed. */
  #fields: Fields<Q> | undefined;
  /** The attributes of the request that was refused or interrupted, to describe it and to send it again. */
  #sent: ReadBuffer | undefined;
  readonly #map: ReplyMap<A, unknown> | undefined;
  readonly #mapError: CallOptions<Fields<Q>>['mapError'];
  #resolve: (result: unknown) => void = ignore;
  #reject: (error: unknown) => void = ignore;
  #result: unknown;
  /** Takes the call off its signal. */
  #forgetSignal: (() => void) | undefined = undefined;
  #reconsidered = false;
  #attempts = 0;

  constructor(
    sender: CallSender,
    operation: Operation<Q, A>,
    fields: Fields<Q>,
    answer: Exchange['answer'],
    map: ReplyMap<A, unknown> | undefined,
    mapError: CallOptions<Fields<Q>>['mapError'],
  ) {
    super();
    this.#sender = sender;
    this.#operation = operation;
    this.#fields = fields;
    this.answer = answer;
    this.#map = map;
    this.#mapError = mapError;
  }

  /** Submits the call and promises its result. Never throws. */
  submitTo<T>(socket: Socket, signal: AbortSignalLike | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (signal !== undefined) assertSignal(signal);
      this.submitFor({ resolve, reject }, socket, signal);
    });
  }

  /** Submits the call, to settle a promise that was made before. Never throws. */
  submitFor<T>({ resolve, reject }: Resolvers<T>, socket: Socket, signal: AbortSignalLike | undefined): void {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    this.#resolve = resolve as Resolvers<unknown>['resolve'];
    this.#reject = reject;
    if (signal)
      this.#forgetSignal = onAbort(signal, () => {
        socket.abandon(this);
        this.pending = false;
        reject(signal.reason);
      });
    socket.submit(this);
  }

  override get type(): number {
    return this.#sender.requestType(this.#operation);
  }

  override get flags(): number {
    return this.#operation.flags | (this.answer === 'dump' ? NLM_F_DUMP : 0);
  }

  override write(to: WriteBuffer): void {
    this.#result = this.answer === 'dump' ? [] : undefined;
    this.sentTo = this.type;
    this.replyType = this.#sender.replyType(this.#operation);
    this.#sender.writeHeader(to, to.reserve(this.#operation.header.size), this.#operation);
    if (this.#fields) this.#operation.request.write(to, this.#fields, NONE);
    else if (this.#sent) to.append(this.#sent.bytes);
    this.#fields = undefined;
  }

  override read(from: ReadBuffer, at: number, length: number): void {
    const { header, reply } = this.#operation;
    if (length < header.size)
      throw new WireError(`a reply of ${length} bytes, which has no room for its ${header.name}`);
    const fields = reply.read(from, at + header.size, length - header.size, NONE);
    const value = this.#map ? this.#map(fields, from, at) : fields;
    if (this.answer === 'dump') (this.#result as unknown[]).push(value);
    else this.#result = value;
  }

  override toError({ errno, detail, offset }: Refusal, request: ReadBuffer): IpvsLibraryError {
    const { name, request: attributes } = this.#operation;
    const start = this.#attributesAt;
    this.#keep(request);
    const path =
      offset === undefined ? undefined : attributes.locate(request, start, request.bytes.length - start, offset);
    return new KernelError({ errno, request: name, detail, path });
  }

  override onDone(): void {
    this.pending = false;
    this.#forgetSignal?.();
    this.#resolve(this.#result);
  }

  override onFailure(error: unknown): void {
    if (error instanceof KernelError && error.errno === ENOENT && !this.#reconsidered) {
      this.#reconsidered = true;
      this.#sender.reconsider(this, error);
    } else this.reject(error);
  }

  override onInterrupted(request: ReadBuffer): void {
    if (++this.#attempts < DUMP_ATTEMPTS) {
      this.#keep(request);
      this.#sender.resubmit(this);
      return;
    }
    const message = `The kernel's table changed during each of ${DUMP_ATTEMPTS} dumps (NLM_F_DUMP_INTR)`;
    this.reject(new TransportError('ERR_NETLINK_INTERRUPTED', message));
  }

  /** Rejects, unless the caller has left; the kernel's refusal in the caller's words. */
  reject(error: unknown): void {
    if (!this.pending) return;
    this.pending = false;
    this.#forgetSignal?.();
    if (error instanceof KernelError) this.#resolve(rejectLater(() => this.#mapped(error)));
    else this.#reject(error);
  }

  /** The kernel's refusal in the caller's words, if it has any. */
  #mapped(error: KernelError): IpvsLibraryError {
    const [mapError, sent, { request }] = [this.#mapError, this.#sent, this.#operation];
    return mapError && sent ? mapError(error, request.read(sent, 0, sent.bytes.length, NONE)) : error;
  }

  get #attributesAt(): number {
    return nlmsghdr.size + this.#operation.header.size;
  }

  /** Keeps a copy of the attributes that were sent: the batch's bytes are soon another's. */
  #keep(request: ReadBuffer): void {
    this.#sent = readBuffer(Uint8Array.from(request.bytes.subarray(this.#attributesAt)), request.littleEndian);
  }
}
