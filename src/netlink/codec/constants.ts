/** Message types below the first family id (include/uapi/linux/netlink.h). */
export const NLMSG_NOOP = 1;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLMSG_OVERRUN = 4;

/** Message flags (include/uapi/linux/netlink.h). */
export const NLM_F_REQUEST = 0x001;
export const NLM_F_MULTI = 0x002;
export const NLM_F_ACK = 0x004;
export const NLM_F_DUMP = 0x300;
/** On a request that adds: refused if the entry exists; without it there is nothing to change. */
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
/** On a message of a dump: the table changed meanwhile, entries may be missing or repeated. */
export const NLM_F_DUMP_INTR = 0x010;
/** On an acknowledgement: the payload of the request is left out. */
export const NLM_F_CAPPED = 0x100;
/** On an acknowledgement: extended-ack attributes follow. */
export const NLM_F_ACK_TLVS = 0x200;

/** Flag and mask of an attribute's type (include/uapi/linux/netlink.h). */
export const NLA_F_NESTED = 0x8000;
export const NLA_TYPE_MASK = 0x3fff;

/** The family that knows the others: `nlctrl` (include/uapi/linux/genetlink.h). */
export const GENL_ID_CTRL = 0x10;

/**
 * Rounds a length up to netlink's 4-byte alignment (NLMSG_ALIGN, NLA_ALIGN).
 * @example
 * ```ts
 * console.log(align(5)); // 8
 * ```
 */
export function align(length: number): number {
  return (length + 3) & ~3;
}
