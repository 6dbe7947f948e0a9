import type { Rows, Table } from '../codec/table.ts';

/** One command of a generic netlink family: its number, the kernel's name for it, what it takes and what it gives. */
export interface Operation<Request extends Rows = Rows, Reply extends Rows = Rows> {
  /** The number in `genlmsghdr.cmd`. */
  readonly command: number;
  /** The kernel's name: `'IPVS_CMD_GET_SERVICE'`. */
  readonly name: string;
  readonly request: Table<Request>;
  readonly reply: Table<Reply>;
}

/** Declares a command. */
export function operation<Request extends Rows, Reply extends Rows>(
  command: number,
  name: string,
  request: Table<Request>,
  reply: Table<Reply>,
): Operation<Request, Reply> {
  return { command, name, request, reply };
}
