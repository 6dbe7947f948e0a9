import type { Refusal } from '../../errors/kernel-error.ts';
import { WireError } from '../../errors/wire-error.ts';
import type { ReadBuffer } from '../codec/buffer.ts';
import { align, NLM_F_ACK_TLVS, NLM_F_CAPPED } from '../codec/constants.ts';
import { u32 } from '../codec/scalar.ts';
import { nlmsgerr, nlmsghdr } from '../codec/struct.ts';
import { optional, table } from '../codec/table.ts';
import { text } from '../codec/text.ts';
import type { Infer } from '../codec/types.ts';

/** `enum nlmsgerr_attrs`, include/uapi/linux/netlink.h. */
const extendedAck = table('extended ack', {
  detail: optional(1, text(65531)),
  offset: optional(2, u32),
});

/** Reads an NLMSG_ERROR; errno 0 is an acknowledgement. */
export function readError(from: ReadBuffer, at: number, end: number, flags: number): Refusal {
  const error = at + nlmsghdr.size;
  if (error + nlmsgerr.size > end) throw new WireError('an error message without an errno');
  const request = error + nlmsgerr.size;
  const capped = (flags & NLM_F_CAPPED) !== 0;
  const requestSize = capped ? nlmsghdr.size : from.view.getUint32(request, from.littleEndian);
  return refusal(from, error, request + align(requestSize), end, flags);
}

/** Reads an NLMSG_DONE, which carries an errno as well. */
export function readDone(from: ReadBuffer, at: number, end: number, flags: number): Refusal {
  const error = at + nlmsghdr.size;
  if (error + nlmsgerr.size > end) return { errno: 0 };
  return refusal(from, error, error + nlmsgerr.size, end, flags);
}

function refusal(from: ReadBuffer, error: number, attributes: number, end: number, flags: number): Refusal {
  const errno = -from.view.getInt32(error, from.littleEndian);
  if (errno === 0 || (flags & NLM_F_ACK_TLVS) === 0 || attributes >= end) return { errno };
  const { detail, offset }: Infer<typeof extendedAck> = extendedAck.read(from, attributes, end - attributes, {});
  return { errno, ...(detail !== undefined && { detail }), ...(offset !== undefined && { offset }) };
}
