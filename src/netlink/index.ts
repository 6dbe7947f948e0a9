/**
 * Generic netlink for Node.js: tables of attributes, a socket that batches, and transports for the kernel, recordings
 * and traces. Knows nothing of IPVS; any generic netlink family can be built on it.
 *
 * @module ipvs/netlink
 */

export { errnoName, errnoNumber } from '../errors/errno.ts';
export { InputError } from '../errors/input-error.ts';
export { KernelError, type KernelErrorFields, type Refusal } from '../errors/kernel-error.ts';
export { IpvsLibraryError } from '../errors/library-error.ts';
export { SystemError } from '../errors/system-error.ts';
export { type TransportCode, TransportError } from '../errors/transport-error.ts';
export { WireError } from '../errors/wire-error.ts';
export type { AbortSignalLike } from '../linux/abort-signal.ts';
export { hostIsLittleEndian } from '../linux/byte-order.ts';
export { type Kernel, type NetlinkProtocol, readText } from '../linux/kernel.ts';
export type { ReceiveOptions, Transport } from '../linux/transport.ts';
export { type ReadBuffer, readBuffer, WriteBuffer } from './codec/buffer.ts';
export { bytes } from './codec/bytes.ts';
export { fallbackFor, selectBy, writeOnly } from './codec/combine.ts';
export { eachAttribute } from './codec/compiled-reader.ts';
export { align } from './codec/constants.ts';
export { type Numbered, parseNumbered } from './codec/numbered.ts';
export {
  be16,
  be32,
  enumOf,
  u8,
  u16,
  u32,
  u64,
  u64AsNumber,
} from './codec/scalar.ts';
export { type Scalar, type Struct, struct } from './codec/struct.ts';
export { structOf } from './codec/struct-of.ts';
export {
  type Fields,
  optional,
  type Row,
  type Rows,
  required,
  type Table,
  table,
} from './codec/table.ts';
export { text } from './codec/text.ts';
export type { Codec, Infer, InPlace, Siblings, UnknownAttribute } from './codec/types.ts';
export type { CallOptions, ReplyMap } from './generic/call.ts';
export { Family } from './generic/family.ts';
export { control, getFamily } from './generic/nlctrl.ts';
export { type Operation, operation } from './generic/operation.ts';
export { traced, type Vocabulary } from './generic/trace.ts';
export type { HeaderValues } from './raw/header.ts';
export { type RawCallOptions, RawFamily, type RawMessage, type RawRequest } from './raw/raw-family.ts';
export { type RawCommand, type RawOperation, rawOperation } from './raw/raw-operation.ts';
export { type Carrier, Exchange } from './socket/exchange.ts';
export { Socket, type SocketOptions } from './socket/socket.ts';
export { type KernelOptions, kernelTransport } from './transport/kernel.ts';
export { type LinuxKernelOptions, linuxKernel } from './transport/linux-kernel.ts';
export { record, recordTransport } from './transport/record.ts';
export {
  formatBytes,
  parseRecording,
  type RecordedExchange,
  type RecordedFile,
  type RecordedSocket,
  type Recording,
} from './transport/recording.ts';
export { type Replay, replay } from './transport/replay.ts';
