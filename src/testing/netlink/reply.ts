import { NLA_F_NESTED } from '../../netlink/codec/constants.ts';
import { genlmsghdr, nlattr, nlmsghdr } from '../../netlink/codec/struct.ts';
import type { Codec, Row, WriteBuffer } from '../../netlink/index.ts';

const { nlmsg_len, nlmsg_type, nlmsg_flags, nlmsg_seq, nlmsg_pid } = nlmsghdr.offset;
const { nla_len, nla_type } = nlattr.offset;

/** Header of a message that the kernel sends. */
export interface ReplyHeader {
  readonly type: number;
  readonly flags: number;
  /** Sequence number of the request. */
  readonly seq: number;
  /** Port id of the socket that it goes to. */
  readonly pid: number;
}

/** Appends a message. */
export function putMessage(to: WriteBuffer, header: ReplyHeader, fill: () => void): void {
  const start = to.reserve(nlmsghdr.size);
  fill();
  to.pad();
  to.view.setUint32(start + nlmsg_len, to.at - start, to.littleEndian);
  to.view.setUint16(start + nlmsg_type, header.type, to.littleEndian);
  to.view.setUint16(start + nlmsg_flags, header.flags, to.littleEndian);
  to.view.setUint32(start + nlmsg_seq, header.seq, to.littleEndian);
  to.view.setUint32(start + nlmsg_pid, header.pid, to.littleEndian);
}

/** Appends the header of a generic netlink message. */
export function putGenericHeader(to: WriteBuffer, command: number, version: number): void {
  const start = to.reserve(genlmsghdr.size);
  to.view.setUint8(start + genlmsghdr.offset.cmd, command);
  to.view.setUint8(start + genlmsghdr.offset.version, version);
  to.view.setUint16(start + genlmsghdr.offset.reserved, 0);
}

/** Appends an attribute with the number of a table's row, in the kernel's form where that is not the row's own. */
export function put<T>(to: WriteBuffer, { number }: Row, codec: Codec<T>, value: T): void {
  putAttribute(to, number, () => codec.write(to, value, {}));
}

/** Appends a nest as families of old do, without NLA_F_NESTED (`nla_nest_start_noflag`). */
export function nest(to: WriteBuffer, { number }: Row, fill: () => void): void {
  putAttribute(to, number, fill);
}

/** Appends a nest with NLA_F_NESTED (`nla_nest_start`). */
export function flaggedNest(to: WriteBuffer, { number }: Row, fill: () => void): void {
  putFlaggedNest(to, number, fill);
}

/** The same with a type that no table has: the index of an array. */
export function putFlaggedNest(to: WriteBuffer, type: number, fill: () => void): void {
  putAttribute(to, type | NLA_F_NESTED, fill);
}

/** Appends an attribute of a type that no table has: the index of an array. */
export function putAttribute(to: WriteBuffer, type: number, fill: () => void): void {
  const start = to.reserve(nlattr.size);
  fill();
  to.view.setUint16(start + nla_len, to.at - start, to.littleEndian);
  to.view.setUint16(start + nla_type, type, to.littleEndian);
  to.pad();
}
