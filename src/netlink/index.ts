/**
 * Generic netlink for Node.js: tables of attributes, a socket that batches, and transports for the kernel, recordings
 * and traces. Knows nothing of IPVS; any generic netlink family can be built on it.
 *
 * @module
 */

export { errnoName, errnoNumber } from '../errors/errno.ts';
export {
  InputError,
  KernelError,
  type KernelErrorFields,
  NetlinkError,
  type Refusal,
  type TransportCode,
  TransportError,
  WireError,
} from '../errors/errors.ts';
export { readProcNet } from '../linux/netns.ts';
export type { Transport } from '../linux/transport.ts';
export { type Wire, Writer, wire } from './codec/buffer.ts';
export { hostIsLittleEndian } from './codec/byte-order.ts';
export { eachAttribute } from './codec/compiled-reader.ts';
export { align } from './codec/constants.ts';
export {
  be16,
  type Numbered,
  named,
  parseNumbered,
  u8,
  u16,
  u32,
  u64,
  u64AsNumber,
} from './codec/scalar.ts';
export { type Scalar, type Struct, struct } from './codec/struct.ts';
export {
  type Fields,
  may,
  must,
  type Row,
  type Rows,
  type Table,
  table,
  type UnknownAttribute,
} from './codec/table.ts';
export {
  by,
  bytes,
  type Codec,
  fixed,
  type Infer,
  type InPlace,
  type Siblings,
  text,
  unread,
} from './codec/types.ts';
export type { CallOptions } from './generic/call.ts';
export { Family } from './generic/family.ts';
export { control, getFamily } from './generic/nlctrl.ts';
export { type Operation, operation } from './generic/operation.ts';
export { traced, type Vocabulary } from './generic/trace.ts';
export { Exchange } from './socket/exchange.ts';
export { Socket } from './socket/socket.ts';
export { type KernelOptions, kernelTransport } from './transport/kernel.ts';
export { record } from './transport/record.ts';
export { formatBytes, parseConversation, type Turn } from './transport/recording.ts';
export { type Replay, replay } from './transport/replay.ts';
