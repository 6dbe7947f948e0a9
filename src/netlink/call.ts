import { NLM_F_DUMP } from './constants.ts';
import { errnoNumber } from './errno.ts';
import { KernelError, type NetlinkError, type Refusal } from './errors.ts';
import { Exchange } from './exchange.ts';
import type { Operation } from './operation.ts';
import { genlmsghdr, nlmsghdr } from './struct.ts';
import type { Fields, Rows } from './table.ts';
import type { Wire, Writer } from './wire.ts';

const { cmd, version, reserved } = genlmsghdr.offset;
const HEADERS = nlmsghdr.size + genlmsghdr.size;
const ENOENT = errnoNumber('ENOENT');

/** What may be said about a call beside its fields. */
export interface CallOptions {
  /** Stops waiting. A request that was not sent yet is then not carried out; one that was sent may have been. */
  readonly signal?: AbortSignal | undefined;
  /** Makes a better error of the kernel's refusal. */
  readonly explain?: ((error: KernelError) => NetlinkError) | undefined;
}

/** How a call ends. */
export interface CallEnd {
  done(result: unknown): void;
  fail(error: unknown): void;
  /** Instead of `fail`, once, for a refusal that a stale family number may explain. */
  stale(error: KernelError): void;
}

/** One command of a family as an exchange: its fields on the way out, its decoded replies on the way in. */
export class Call<Q extends Rows, A extends Rows> extends Exchange {
  override readonly answer: Exchange['answer'];
  readonly #family: { readonly id: number; readonly version: number };
  readonly #operation: Operation<Q, A>;
  readonly #fields: Fields<Q>;
  readonly #map: ((reply: Fields<A>) => unknown) | undefined;
  readonly #end: CallEnd;
  #result: unknown;
  #retried = false;

  constructor(
    family: { readonly id: number; readonly version: number },
    operation: Operation<Q, A>,
    fields: Fields<Q>,
    answer: Exchange['answer'],
    map: ((reply: Fields<A>) => unknown) | undefined,
    end: CallEnd,
  ) {
    super();
    this.#family = family;
    this.#operation = operation;
    this.#fields = fields;
    this.answer = answer;
    this.#map = map;
    this.#end = end;
  }

  override get type(): number {
    return this.#family.id;
  }

  override get flags(): number {
    return this.answer === 'dump' ? NLM_F_DUMP : 0;
  }

  override write(to: Writer): void {
    this.#result = this.answer === 'dump' ? [] : undefined;
    const start = to.reserve(genlmsghdr.size);
    to.view.setUint8(start + cmd, this.#operation.command);
    to.view.setUint8(start + version, this.#family.version);
    to.view.setUint16(start + reserved, 0);
    this.#operation.request.write(to, this.#fields, {});
  }

  override read(from: Wire, at: number, length: number): void {
    const fields = this.#operation.reply.read(from, at + genlmsghdr.size, length - genlmsghdr.size, {});
    const value = this.#map ? this.#map(fields) : fields;
    if (this.answer === 'dump') (this.#result as unknown[]).push(value);
    else this.#result = value;
  }

  override explain({ errno, detail, offset }: Refusal, request: Wire): NetlinkError {
    const { name, request: attributes } = this.#operation;
    const length = request.bytes.length - HEADERS;
    const path = offset === undefined ? undefined : attributes.locate(request, HEADERS, length, offset);
    return new KernelError({ errno, request: name, detail, path });
  }

  override done(): void {
    this.#end.done(this.#result);
  }

  override fail(error: unknown): void {
    if (this.#retried || !(error instanceof KernelError) || error.errno !== ENOENT) this.#end.fail(error);
    else {
      this.#retried = true;
      this.#end.stale(error);
    }
  }
}
