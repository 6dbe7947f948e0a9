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

/** Reads an NLMSG_ERROR; errno 0 is an acknowledgement. Throws WireError. */
export function readError(from: ReadBuffer, at: number, end: number, flags: number): Refusal {
  const error = at + nlmsghdr.size;
  const request = error + nlmsgerr.size;
  if (request > end) throw new WireError('an error message without an errno');
  if ((flags & NLM_F_ACK_TLVS) === 0) return { errno: errnoAt(from, error) };
  if (request + nlmsghdr.size > end) throw new WireError('an error message without the header of the request');
  const capped = (flags & NLM_F_CAPPED) !== 0;
  const size = capped ? nlmsghdr.size : from.view.getUint32(request, from.littleEndian);
  if (size > end - request)
    throw new WireError(`an error message with ${end - request} of ${size} bytes of the request`);
  return refusal(from, error, request + align(size), end);
}

/** Reads an NLMSG_DONE, which carries an errno as well. Throws WireError. */
export function readDone(from: ReadBuffer, at: number, end: number, flags: number): Refusal {
  const error = at + nlmsghdr.size;
  const attributes = error + nlmsgerr.size;
  // Kernels before 2.6 and some families end a dump without an errno.
  if (error === end) return { errno: 0 };
  if (attributes > end) throw new WireError('the end of a dump with half an errno');
  return (flags & NLM_F_ACK_TLVS) === 0 ? { errno: errnoAt(from, error) } : refusal(from, error, attributes, end);
}

function refusal(from: ReadBuffer, error: number, attributes: number, end: number): Refusal {
  const errno = errnoAt(from, error);
  if (errno === 0 || attributes >= end) return { errno };
  const { detail, offset }: Infer<typeof extendedAck> = extendedAck.read(from, attributes, end - attributes, {});
  return { errno, ...(detail !== undefined && { detail }), ...(offset !== undefined && { offset }) };
}

/** The errno as a positive number; the kernel sends it as a negative one (MAX_ERRNO, include/linux/err.h). */
function errnoAt(from: ReadBuffer, at: number): number {
  const error = from.view.getInt32(at, from.littleEndian);
  if (error > 0 || error < -4095) throw new WireError(`${error} where an errno is due`);
  return error === 0 ? 0 : -error;
}
