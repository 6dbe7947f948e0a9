import { errnoNumber } from '../../errors/errno.ts';
import { KernelError, type Refusal } from '../../errors/kernel-error.ts';
import type { IpvsLibraryError } from '../../errors/library-error.ts';
import { type ReadBuffer, readBuffer, type WriteBuffer } from '../codec/buffer.ts';
import { NLM_F_DUMP } from '../codec/constants.ts';
import { genlmsghdr, nlmsghdr } from '../codec/struct.ts';
import type { Fields, Rows } from '../codec/table.ts';
import { Exchange } from '../socket/exchange.ts';
import type { Operation } from './operation.ts';
import { rejectLater } from './reject-later.ts';

const { cmd, version, reserved } = genlmsghdr.offset;
const HEADERS = nlmsghdr.size + genlmsghdr.size;
const NONE = {};
const ENOENT = errnoNumber('ENOENT');

/** What may be said about a call beside its fields. */
export interface CallOptions<Request = unknown> {
  /** Stops waiting. A request that was not sent yet is then not carried out; one that was sent may have been. */
  readonly signal?: AbortSignal | undefined;
  /** Makes a better error of the kernel's refusal of a request. */
  readonly mapError?: ((refusal: KernelError, request: Request) => IpvsLibraryError) | undefined;
}

/**
 * Makes something else of a reply.
 * @param first whether it is the first message of its datagram: the kernel holds its lock for a datagram of a dump at most
 */
export type ReplyMap<A extends Rows, T> = (reply: Fields<A>, first: boolean) => T;

/** A call that was refused in a way that a stale family number may explain. */
export interface RefusedCall extends Exchange {
  readonly pending: boolean;
  readonly sentTo: number;
}

/** What a call needs of its family. */
export interface CallFamily {
  readonly id: number;
  readonly version: number;
  /** Submits the call again or fails it; asked once for each. */
  reconsider(call: RefusedCall, refusal: KernelError): void;
}

/** One command of a family as an exchange: its fields on the way out, its decoded replies on the way in. */
export class Call<Q extends Rows, A extends Rows> extends Exchange {
  override readonly answer: Exchange['answer'];
  /** Whether the caller still waits. */
  pending = true;
  /** The family's number when the request was written. */
  sentTo = 0;
  readonly #family: CallFamily;
  readonly #operation: Operation<Q, A>;
  /** Known until they are written: many calls wait at once, and most succeed. */
  #fields: Fields<Q> | undefined;
  /** The attributes of the request that was refused, to say what it was and to send it again. */
  #refused: ReadBuffer | undefined;
  readonly #map: ReplyMap<A, unknown> | undefined;
  readonly #explain: CallOptions<Fields<Q>>['mapError'];
  readonly #resolve: (result: unknown) => void;
  readonly #reject: (error: unknown) => void;
  #result: unknown;
  /** Takes the call off its signal. */
  forgetSignal: (() => void) | undefined = undefined;
  #reconsidered = false;

  constructor(
    family: CallFamily,
    operation: Operation<Q, A>,
    fields: Fields<Q>,
    answer: Exchange['answer'],
    map: ReplyMap<A, unknown> | undefined,
    explain: CallOptions<Fields<Q>>['mapError'],
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    super();
    this.#family = family;
    this.#operation = operation;
    this.#fields = fields;
    this.answer = answer;
    this.#map = map;
    this.#explain = explain;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  override get type(): number {
    return this.#family.id;
  }

  override get flags(): number {
    return this.answer === 'dump' ? NLM_F_DUMP : 0;
  }

  override write(to: WriteBuffer): void {
    this.#result = this.answer === 'dump' ? [] : undefined;
    this.sentTo = this.#family.id;
    const start = to.reserve(genlmsghdr.size);
    to.view.setUint8(start + cmd, this.#operation.command);
    to.view.setUint8(start + version, this.#family.version);
    to.view.setUint16(start + reserved, 0);
    if (this.#fields) this.#operation.request.write(to, this.#fields, NONE);
    else if (this.#refused) to.append(this.#refused.bytes);
    this.#fields = undefined;
  }

  override read(from: ReadBuffer, at: number, length: number): void {
    const fields = this.#operation.reply.read(from, at + genlmsghdr.size, length - genlmsghdr.size, NONE);
    const value = this.#map ? this.#map(fields, at === nlmsghdr.size) : fields;
    if (this.answer === 'dump') (this.#result as unknown[]).push(value);
    else this.#result = value;
  }

  override toError({ errno, detail, offset }: Refusal, request: ReadBuffer): IpvsLibraryError {
    const { name, request: attributes } = this.#operation;
    const length = request.bytes.length - HEADERS;
    // A copy: the batch's bytes are soon another's.
    this.#refused = readBuffer(Uint8Array.from(request.bytes.subarray(HEADERS)), request.littleEndian);
    const path = offset === undefined ? undefined : attributes.locate(request, HEADERS, length, offset);
    return new KernelError({ errno, request: name, detail, path });
  }

  override done(): void {
    this.pending = false;
    this.forgetSignal?.();
    this.#resolve(this.#result);
  }

  override fail(error: unknown): void {
    if (error instanceof KernelError && error.errno === ENOENT && !this.#reconsidered) {
      this.#reconsidered = true;
      this.#family.reconsider(this, error);
      return;
    }
    this.pending = false;
    this.forgetSignal?.();
    if (error instanceof KernelError) this.#resolve(rejectLater(() => this.#mapped(error)));
    else this.#reject(error);
  }

  /** The error for a refusal in the caller's words, if it has any. */
  #mapped(error: KernelError): IpvsLibraryError {
    const [explain, refused, { request }] = [this.#explain, this.#refused, this.#operation];
    return explain && refused ? explain(error, request.read(refused, 0, refused.bytes.length, NONE)) : error;
  }

  /** The caller no longer waits. */
  abandon(reason: unknown): void {
    this.pending = false;
    this.#reject(reason);
  }
}
