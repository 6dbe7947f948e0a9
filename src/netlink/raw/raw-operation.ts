import type { NetlinkProtocol } from '../../linux/kernel.ts';
import type { Scalar, Struct } from '../codec/struct.ts';
import type { Rows, Table } from '../codec/table.ts';
import type { Operation } from '../generic/operation.ts';

/**
 * One command of a protocol that is not generic netlink, which the kernel's specifications call netlink-raw: its number is
 * the type of its message, and its header has values.
 */
export interface RawOperation<
  Request extends Rows = Rows,
  Reply extends Rows = Rows,
  Members extends Record<string, Scalar> = Record<string, Scalar>,
> extends Operation<Request, Reply> {
  /** The structure between `nlmsghdr` and the attributes, in requests and replies. */
  readonly header: Struct<Members>;
  /** Type of the messages that answer: RTM_NEWLINK for RTM_GETLINK. */
  readonly replyType: number;
}

/** Numbers, name and header of a command. */
export interface RawCommand<Members extends Record<string, Scalar>> {
  /** The netlink protocol that carries it. */
  readonly protocol: NetlinkProtocol;
  /** The kernel's name, for messages and recordings: `'RTM_GETLINK'`. */
  readonly name: string;
  /** The structure between `nlmsghdr` and the attributes. */
  readonly header: Struct<Members>;
  /** Type of the message that asks: RTM_GETLINK. */
  readonly request: number;
  /** Type of the messages that answer, RTM_NEWLINK; left out where nothing but success does. */
  readonly reply?: number | undefined;
  /** Flags of the message beside NLM_F_REQUEST and NLM_F_DUMP: NLM_F_CREATE. Default 0. */
  readonly flags?: number | undefined;
}

/**
 * Declares a command.
 * @example
 * ```ts
 * const link = table('link', { name: optional(3, text(15)) });
 * const header = struct('ifinfomsg', { family: 'u8', pad: 'u8', type: 'u16', index: 's32', flags: 'u32', change: 'u32' });
 * const getLink = rawOperation({ protocol: 'route', name: 'RTM_GETLINK', header, request: 18, reply: 16 }, link, link);
 * ```
 */
export function rawOperation<Q extends Rows, A extends Rows, Members extends Record<string, Scalar>>(
  { protocol, name, header, request: command, reply: replyType = 0, flags = 0 }: RawCommand<Members>,
  request: Table<Q>,
  reply: Table<A>,
): RawOperation<Q, A, Members> {
  return { protocol, header, command, replyType, flags, name, request, reply };
}
