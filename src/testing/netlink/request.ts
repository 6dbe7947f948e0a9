import { align } from '../../netlink/codec/constants.ts';
import { genlmsghdr, nlmsghdr, type Scalar, type Struct } from '../../netlink/codec/struct.ts';
import type { HeaderValues, ReadBuffer, WriteBuffer } from '../../netlink/index.ts';
import { readHeader } from '../../netlink/raw/header.ts';
import { type Attributes, type ExtendedAck, type Policy, parseAttributes } from './attributes.ts';

const { nlmsg_len, nlmsg_type, nlmsg_flags, nlmsg_seq } = nlmsghdr.offset;

/** One message that was sent to the kernel. */
export class Request {
  /** The message alone, so that offsets are the ones that an extended ack gives. */
  readonly message: ReadBuffer;
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly seq: number;
  /** The extended ack of its answer. */
  readonly ack: ExtendedAck = {};
  /** Where its attributes start. */
  readonly #headers: number;

  /** @param headerSize the size of the header that follows `nlmsghdr`, by the type of the message */
  constructor(message: ReadBuffer, headerSize: (type: number) => number) {
    this.message = message;
    const { view, littleEndian } = message;
    this.length = view.getUint32(nlmsg_len, littleEndian);
    this.type = view.getUint16(nlmsg_type, littleEndian);
    this.flags = view.getUint16(nlmsg_flags, littleEndian);
    this.seq = view.getUint32(nlmsg_seq, littleEndian);
    this.#headers = nlmsghdr.size + align(headerSize(this.type));
  }

  /** True if the message is long enough for the header of its protocol. */
  get whole(): boolean {
    return this.length >= this.#headers;
  }

  get command(): number {
    return this.message.view.getUint8(nlmsghdr.size + genlmsghdr.offset.cmd);
  }

  get reserved(): number {
    return this.message.view.getUint16(nlmsghdr.size + genlmsghdr.offset.reserved);
  }

  has(flags: number): boolean {
    return (this.flags & flags) === flags;
  }

  /** The members of the header that follows `nlmsghdr`. */
  header<M extends Record<string, Scalar>>(struct: Struct<M>): HeaderValues<M> {
    return readHeader(struct, this.message, nlmsghdr.size);
  }

  /** The attributes. Throws Refused. */
  parse<K extends string>(policy: Policy<K>, ack = this.ack): Attributes<K> {
    return this.parseWith(parseAttributes, policy, ack);
  }

  /** The attributes, read more strictly or less. Throws Refused. */
  parseWith<K extends string>(parse: typeof parseAttributes<K>, policy: Policy<K>, ack: ExtendedAck): Attributes<K> {
    return parse(this.message, this.#headers, this.length - this.#headers, policy, ack);
  }

  /** The attributes as a table reads them; undefined where it cannot. */
  decode<T>(read: (from: ReadBuffer, at: number, length: number) => T): T | undefined {
    try {
      return read(this.message, this.#headers, this.length - this.#headers);
    } catch {
      return undefined;
    }
  }
}

/** The reply to a request. */
export interface Answer {
  /** Command of the reply. */
  readonly command: number;
  fill(to: WriteBuffer): void;
}

/** The entries of a dump, each of which becomes a message. */
export interface Listing<T = unknown> {
  /** Command of the replies. */
  readonly command: number;
  readonly entries: readonly T[];
  /** Tells the entries of a listing apart that remembers which it has sent; missing for one that counts them. */
  idOf?(entry: T): unknown;
  fill(to: WriteBuffer, entry: T): void;
}
