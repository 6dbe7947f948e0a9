import type { ReadBuffer, WriteBuffer } from '../codec/buffer.ts';
import type { Scalar } from '../codec/struct.ts';
import type { Fields, Rows } from '../codec/table.ts';
import { Call, type CallOptions, type CallSender, type RefusedCall } from '../generic/call.ts';
import type { Exchange } from '../socket/exchange.ts';
import type { Socket } from '../socket/socket.ts';
import { type HeaderValues, readHeader, writeHeader } from './header.ts';
import type { RawOperation } from './raw-operation.ts';

/** A message: the values of its header, and its attributes. */
export interface RawMessage<Reply extends Rows, Members extends Record<string, Scalar>> {
  /** Values of the header between `nlmsghdr` and the attributes, by the names of its members. */
  readonly header: HeaderValues<Members>;
  /** Attributes behind the header. */
  readonly attributes: Fields<Reply>;
}

/** A request: members of the header that are left out are 0. */
export interface RawRequest<Request extends Rows, Members extends Record<string, Scalar>> {
  /** Values of the header. Default: all 0. */
  readonly header?: Partial<HeaderValues<Members>> | undefined;
  /** Attributes behind the header. Default: none. */
  readonly attributes?: Fields<Request> | undefined;
}

/** How to send a request; `mapError` gets the message that was refused. */
export interface RawCallOptions<Request extends Rows, Members extends Record<string, Scalar>>
  extends Pick<CallOptions, 'signal'> {
  /** Makes a better error of the kernel's refusal; gets the message that was refused. */
  readonly mapError?: CallOptions<RawMessage<Request, Members>>['mapError'];
}

/** The commands of a protocol that is not generic netlink, on a socket of that protocol: rtnetlink, nfnetlink. */
export class RawFamily {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /**
   * Sends a request that is answered with nothing but success.
   * @example
   * ```ts
   * const none = table('none', {});
   * const header = struct('ifinfomsg', { family: 'u8', pad: 'u8', type: 'u16', index: 's32', flags: 'u32', change: 'u32' });
   * const delLink = rawOperation({ protocol: 'route', name: 'RTM_DELLINK', header, request: 17 }, none, none);
   * const family = new RawFamily(new Socket(await kernel.openNetlink('route')));
   * await family.execute(delLink, { header: { index: 3 } });
   * ```
   */
  execute<Q extends Rows, A extends Rows, M extends Record<string, Scalar>>(
    operation: RawOperation<Q, A, M>,
    request: RawRequest<Q, M>,
    options?: RawCallOptions<Q, M>,
  ): Promise<void> {
    return this.#call(operation, request, 'nothing', undefined, options);
  }

  /**
   * Sends a request that is answered with exactly one message; `map` makes something else of it.
   * @example
   * ```ts
   * const link = table('link', { name: optional(3, text(15)) });
   * const header = struct('ifinfomsg', { family: 'u8', pad: 'u8', type: 'u16', index: 's32', flags: 'u32', change: 'u32' });
   * const getLink = rawOperation({ protocol: 'route', name: 'RTM_GETLINK', header, request: 18, reply: 16 }, link, link);
   * const family = new RawFamily(new Socket(await kernel.openNetlink('route')));
   * console.log((await family.request(getLink, { header: { index: 2 } })).attributes.name); // d0
   * ```
   */
  request<Q extends Rows, A extends Rows, M extends Record<string, Scalar>, T = RawMessage<A, M>>(
    operation: RawOperation<Q, A, M>,
    request: RawRequest<Q, M>,
    map?: (reply: RawMessage<A, M>) => T,
    options?: RawCallOptions<Q, M>,
  ): Promise<T> {
    return this.#call(operation, request, 'reply', map, options);
  }

  /**
   * Sends a request that is answered with any number of messages; `map` makes something else of each. A dump that the
   * kernel marks as inconsistent is repeated a few times.
   * @throws TransportError `ERR_NETLINK_INTERRUPTED` when it is inconsistent every time
   * @example
   * ```ts
   * const link = table('link', { name: optional(3, text(15)) });
   * const header = struct('ifinfomsg', { family: 'u8', pad: 'u8', type: 'u16', index: 's32', flags: 'u32', change: 'u32' });
   * const getLink = rawOperation({ protocol: 'route', name: 'RTM_GETLINK', header, request: 18, reply: 16 }, link, link);
   * const family = new RawFamily(new Socket(await kernel.openNetlink('route')));
   * console.log(await family.dump(getLink, {}, ({ attributes }) => attributes.name)); // [ 'lo', 'd0', 'd1' ]
   * ```
   */
  dump<Q extends Rows, A extends Rows, M extends Record<string, Scalar>, T = RawMessage<A, M>>(
    operation: RawOperation<Q, A, M>,
    request: RawRequest<Q, M> = {},
    map?: (reply: RawMessage<A, M>) => T,
    options?: RawCallOptions<Q, M>,
  ): Promise<T[]> {
    return this.#call(operation, request, 'dump', map, options);
  }

  #call<Q extends Rows, A extends Rows, M extends Record<string, Scalar>, T>(
    operation: RawOperation<Q, A, M>,
    { header = {}, attributes = {} as Fields<Q> }: RawRequest<Q, M>,
    answer: Exchange['answer'],
    map: ((reply: RawMessage<A, M>) => unknown) | undefined,
    { signal, mapError }: RawCallOptions<Q, M> = {},
  ): Promise<T> {
    const values: Readonly<Record<string, number | undefined>> = { ...header };
    const take = (reply: Fields<A>, from: ReadBuffer, at: number) => {
      const message = { header: readHeader(operation.header, from, at), attributes: reply };
      return map ? map(message) : message;
    };
    const sent = (fields: Fields<Q>) => {
      const members = Object.keys(operation.header.members).map((name) => [name, values[name] ?? 0]);
      return { header: Object.fromEntries(members) as HeaderValues<M>, attributes: fields };
    };
    const toError: CallOptions<Fields<Q>>['mapError'] =
      mapError && ((refusal, fields) => mapError(refusal, sent(fields)));
    return new Call(this.#sender(operation, values), operation, attributes, answer, take, toError).submitTo(
      this.#socket,
      signal,
    );
  }

  #sender(
    { command, replyType, header }: RawOperation,
    values: Readonly<Record<string, number | undefined>>,
  ): CallSender {
    return {
      requestType: () => command,
      replyType: () => replyType,
      writeHeader: (to: WriteBuffer, at: number) => writeHeader(header, to, at, values),
      reconsider: (call: RefusedCall, refusal) => call.reject(refusal),
      resubmit: (call) => this.#socket.submit(call),
    };
  }
}
