import type { ReadBuffer, WriteBuffer } from '../codec/buffer.ts';
import type { Scalar } from '../codec/struct.ts';
import type { Fields, Rows } from '../codec/table.ts';
import { Call, type CallOptions, type CallSender, type RefusedCall } from '../generic/call.ts';
import type { Exchange } from '../socket/exchange.ts';
import type { Socket } from '../socket/socket.ts';
import { type HeaderValues, readHeader, writeHeader } from './header.ts';
import type { RouteOperation } from './route-operation.ts';

/** A reply of rtnetlink: the values of its header and its attributes. */
export interface RouteReply<Reply extends Rows, Members extends Record<string, Scalar>> {
  readonly header: HeaderValues<Members>;
  readonly attributes: Fields<Reply>;
}

/** What a request of rtnetlink says; members of the header that are left out are 0. */
export interface RouteRequest<Request extends Rows, Members extends Record<string, Scalar>> {
  readonly header?: Partial<HeaderValues<Members>> | undefined;
  readonly attributes?: Fields<Request> | undefined;
}

/** rtnetlink on a socket of the protocol `'route'`: interfaces, addresses and routes. */
export class Rtnetlink {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Sends a request that is answered with nothing but success. */
  execute<Q extends Rows, A extends Rows, M extends Record<string, Scalar>>(
    operation: RouteOperation<Q, A, M>,
    request: RouteRequest<Q, M>,
    options?: CallOptions<Fields<Q>>,
  ): Promise<void> {
    return this.#call(operation, request, 'nothing', options);
  }

  /** Sends a request that is answered with exactly one message. */
  request<Q extends Rows, A extends Rows, M extends Record<string, Scalar>>(
    operation: RouteOperation<Q, A, M>,
    request: RouteRequest<Q, M>,
    options?: CallOptions<Fields<Q>>,
  ): Promise<RouteReply<A, M>> {
    return this.#call(operation, request, 'reply', options);
  }

  /** Sends a request that is answered with any number of messages; repeated while the kernel marks it as inconsistent. */
  dump<Q extends Rows, A extends Rows, M extends Record<string, Scalar>>(
    operation: RouteOperation<Q, A, M>,
    request: RouteRequest<Q, M> = {},
    options?: CallOptions<Fields<Q>>,
  ): Promise<RouteReply<A, M>[]> {
    return this.#call(operation, request, 'dump', options);
  }

  #call<Q extends Rows, A extends Rows, M extends Record<string, Scalar>, T>(
    operation: RouteOperation<Q, A, M>,
    { header = {}, attributes = {} as Fields<Q> }: RouteRequest<Q, M>,
    answer: Exchange['answer'],
    { signal, mapError }: CallOptions<Fields<Q>> = {},
  ): Promise<T> {
    const map = (reply: Fields<A>, from: ReadBuffer, at: number): RouteReply<A, M> => ({
      header: readHeader(operation.header, from, at),
      attributes: reply,
    });
    const sender = this.#sender(operation, header);
    return new Call(sender, operation, attributes, answer, map, mapError).submitTo(this.#socket, signal);
  }

  #sender(
    { command, replyType, header }: RouteOperation,
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
