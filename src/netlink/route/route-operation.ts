import type { Scalar, Struct } from '../codec/struct.ts';
import type { Rows, Table } from '../codec/table.ts';
import type { Operation } from '../generic/operation.ts';

/** One command of rtnetlink: an operation whose number is the type of its message, and whose header has values. */
export interface RouteOperation<
  Request extends Rows = Rows,
  Reply extends Rows = Rows,
  Members extends Record<string, Scalar> = Record<string, Scalar>,
> extends Operation<Request, Reply> {
  readonly protocol: 'route';
  readonly header: Struct<Members>;
  /** Type of the messages that answer: RTM_NEWLINK for RTM_GETLINK. */
  readonly replyType: number;
}

/** Numbers, name and header of a command of rtnetlink. */
export interface RouteMessage<Members extends Record<string, Scalar>> {
  /** Type of the message that asks: RTM_GETLINK. */
  readonly request: number;
  /** Type of the messages that answer: RTM_NEWLINK. */
  readonly reply: number;
  readonly name: string;
  readonly header: Struct<Members>;
}

/** Declares a command of rtnetlink. */
export function routeOperation<Q extends Rows, A extends Rows, Members extends Record<string, Scalar>>(
  { request: command, reply: replyType, name, header }: RouteMessage<Members>,
  request: Table<Q>,
  reply: Table<A>,
): RouteOperation<Q, A, Members> {
  return { protocol: 'route', header, command, replyType, name, request, reply };
}
