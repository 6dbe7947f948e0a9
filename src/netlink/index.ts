/**
 * Generic netlink for Node.js: tables of attributes, a socket that batches, and transports for the kernel, recordings
 * and traces. Knows nothing of IPVS; any generic netlink family can be built on it.
 *
 * @module
 */
export { hostIsLittleEndian } from './byte-order.ts';
export type { CallOptions } from './call.ts';
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
} from './codec.ts';
export { align } from './constants.ts';
export { formatBytes, parseConversation, type Turn } from './conversation.ts';
export { errnoName, errnoNumber } from './errno.ts';
export {
  InputError,
  KernelError,
  type KernelErrorFields,
  NetlinkError,
  type Refusal,
  type TransportCode,
  TransportError,
  WireError,
} from './errors.ts';
export { Exchange } from './exchange.ts';
export { Family } from './generic.ts';
export { type KernelOptions, kernelTransport } from './kernel-transport.ts';
export { readProcNet } from './netns.ts';
export { control, getFamily } from './nlctrl.ts';
export { type Operation, operation } from './operation.ts';
export { eachAttribute } from './reader.ts';
export { record } from './record.ts';
export { type Replay, replay } from './replay.ts';
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
} from './scalar.ts';
export { Socket } from './socket.ts';
export { type Scalar, type Struct, struct } from './struct.ts';
export { type Fields, may, must, type Row, type Rows, type Table, table, type UnknownAttribute } from './table.ts';
export { traced, type Vocabulary } from './trace.ts';
export type { Transport } from './transport.ts';
export { type Wire, Writer, wire } from './wire.ts';
