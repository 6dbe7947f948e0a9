import type { NetlinkProtocol } from '../../linux/kernel.ts';
import { genlmsghdr, type Struct } from '../codec/struct.ts';
import type { Rows, Table } from '../codec/table.ts';

/** One command of the kernel: its protocol, header and number, the kernel's name for it, what it takes and what it gives. */
export interface Operation<Request extends Rows = Rows, Reply extends Rows = Rows> {
  /** The netlink protocol that carries it. */
  readonly protocol: NetlinkProtocol;
  /** The structure between `nlmsghdr` and the attributes, in requests and replies: `genlmsghdr`, `ifinfomsg`. */
  readonly header: Struct;
  /** The number in `genlmsghdr.cmd`; without that header, the type of the request's message. */
  readonly command: number;
  /** Flags of the message beside NLM_F_REQUEST and NLM_F_DUMP. */
  readonly flags: number;
  /** The kernel's name: `'IPVS_CMD_GET_SERVICE'`. */
  readonly name: string;
  /** Attributes of a request. */
  readonly request: Table<Request>;
  /** Attributes of a reply. */
  readonly reply: Table<Reply>;
}

/**
 * Declares a command of a generic netlink family.
 * @example
 * ```ts
 * const info = table('info', { version: required(1, u32), connectionTableSize: required(2, u32) });
 * const getInfo = operation(15, 'IPVS_CMD_GET_INFO', table('none', {}), info);
 * ```
 */
export function operation<Request extends Rows, Reply extends Rows>(
  command: number,
  name: string,
  request: Table<Request>,
  reply: Table<Reply>,
): Operation<Request, Reply> {
  return { protocol: 'generic', header: genlmsghdr, command, flags: 0, name, request, reply };
}
