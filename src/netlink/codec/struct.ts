import { s32, struct as structure, u8, u16, u32 } from 'buffer-layout';

/** A C integer type as buffer-layout names it. */
export type Scalar = 'u8' | 'u16' | 'u32' | 's32';

const scalars = { u8, u16, u32, s32 } as const satisfies Record<Scalar, unknown>;

/** A fixed C structure: its size and the offset of every member. */
export interface Struct<Members extends Record<string, Scalar> = Record<string, Scalar>> {
  /** The structure's name in C: `'genlmsghdr'`. */
  readonly name: string;
  /** Type of each member, in the order of the declaration. */
  readonly members: Members;
  /** Bytes, padding included. */
  readonly size: number;
  /** Where each member begins, in bytes. */
  readonly offset: { readonly [Member in keyof Members]: number };
}

/**
 * Declares a fixed C structure with buffer-layout. The declaration is the only place that knows the structure's shape;
 * readers and writers take their offsets from it and the byte order from the message at hand.
 * @example
 * ```ts
 * const genlmsghdr = struct('genlmsghdr', { cmd: 'u8', version: 'u8', reserved: 'u16' });
 * console.log(genlmsghdr.size, genlmsghdr.offset.reserved); // 4 2
 * ```
 */
export function struct<const Members extends Record<string, Scalar>>(name: string, members: Members): Struct<Members> {
  const declared = structure(
    Object.entries(members).map(([member, scalar]) => scalars[scalar](member)),
    name,
  );
  const offset = Object.fromEntries(Object.keys(members).map((member) => [member, declared.offsetOf(member)]));
  return { name, members, size: declared.span, offset: offset as { [Member in keyof Members]: number } };
}

/** `struct nlmsghdr`, include/uapi/linux/netlink.h. */
export const nlmsghdr = struct('nlmsghdr', {
  nlmsg_len: 'u32',
  nlmsg_type: 'u16',
  nlmsg_flags: 'u16',
  nlmsg_seq: 'u32',
  nlmsg_pid: 'u32',
});

/** `struct genlmsghdr`, include/uapi/linux/genetlink.h. */
export const genlmsghdr = struct('genlmsghdr', { cmd: 'u8', version: 'u8', reserved: 'u16' });

/** `struct nlattr`, include/uapi/linux/netlink.h. */
export const nlattr = struct('nlattr', { nla_len: 'u16', nla_type: 'u16' });

/** `struct nlmsgerr`, include/uapi/linux/netlink.h, without the request header that follows it. */
export const nlmsgerr = struct('nlmsgerr', { error: 's32' });

/** `struct sockaddr_nl`, include/uapi/linux/netlink.h. */
export const sockaddr_nl = struct('sockaddr_nl', { nl_family: 'u16', nl_pad: 'u16', nl_pid: 'u32', nl_groups: 'u32' });

/** `struct pollfd`, include/uapi/asm-generic/poll.h. */
export const pollfd = struct('pollfd', { fd: 's32', events: 'u16', revents: 'u16' });
