import { NLM_F_ACK_TLVS, NLM_F_CAPPED, NLMSG_ERROR } from '../../netlink/codec/constants.ts';
import { nlmsgerr, nlmsghdr } from '../../netlink/codec/struct.ts';
import { bytes, optional, table, text, u32, type WriteBuffer } from '../../netlink/index.ts';
import type { ExtendedAck } from './attributes.ts';
import { flaggedNest, put, putMessage } from './reply.ts';
import type { Request } from './request.ts';

/** `enum nlmsgerr_attrs`, include/uapi/linux/netlink.h. */
const extendedAck = table('extended ack', {
  message: optional(1, text(65531)),
  offset: optional(2, u32),
  policy: optional(4, bytes),
}).rows;

/** Options of a socket that shape its acknowledgements (NETLINK_CAP_ACK, NETLINK_EXT_ACK). */
export interface AckOptions {
  readonly capAck: boolean;
  readonly extAck: boolean;
}

/** Writes the answer to a request that has no reply, or that was refused (net/netlink/af_netlink.c, netlink_ack). */
export function putAck(to: WriteBuffer, request: Request, errno: number, pid: number, options: AckOptions): void {
  const capped = errno === 0 || options.capAck;
  const told = options.extAck && hasSaid(request.ack);
  const flags = (capped ? NLM_F_CAPPED : 0) | (told ? NLM_F_ACK_TLVS : 0);
  putMessage(to, { type: NLMSG_ERROR, flags, seq: request.seq, pid }, () => {
    putErrno(to, errno);
    const size = capped ? nlmsghdr.size : request.length;
    const at = to.reserve(size);
    to.bytes.set(request.message.bytes.subarray(0, size), at);
    to.pad();
    if (told) putExtendedAck(to, request.ack, errno !== 0);
  });
}

/** True if an extended ack has anything to send. */
export function hasSaid({ message, offset }: ExtendedAck): boolean {
  return message !== undefined || offset !== undefined;
}

/** Writes a positive errno as the kernel sends it. */
export function putErrno(to: WriteBuffer, errno: number): void {
  const at = to.reserve(nlmsgerr.size);
  to.view.setInt32(at + nlmsgerr.offset.error, -errno, to.littleEndian);
}

/** Writes what there is to say; beside a success only the message. */
export function putExtendedAck(to: WriteBuffer, { message, offset, form }: ExtendedAck, failed: boolean): void {
  if (message !== undefined) put(to, extendedAck.message, text(65531), message);
  if (!failed) return;
  if (offset !== undefined) put(to, extendedAck.offset, u32, offset);
  const describe = form?.describe;
  if (describe) flaggedNest(to, extendedAck.policy, () => describe(to));
}
