import type { Refusal } from '../../errors/kernel-error.ts';
import type { IpvsLibraryError } from '../../errors/library-error.ts';
import type { ReadBuffer, WriteBuffer } from '../codec/buffer.ts';

/** What carries requests and can let go of one. */
export interface Carrier {
  /** Lets go of an exchange: it is not carried out if it was not sent yet, and its answers are dropped. */
  abandon(exchange: Exchange): void;
}

/**
 * One request and what comes of it. The socket calls `write` when the request is submitted, `read` for every reply
 * message as it arrives, and in the end one of `onDone`, `onFailure` and `onInterrupted`, once; what those throw is an uncaught
 * exception of the program.
 */
export abstract class Exchange {
  /** Type of the message: the id of the family. */
  abstract readonly type: number;
  /** Flags of the message beside NLM_F_REQUEST; NLM_F_ACK is not for requests, a batch is acknowledged as a whole. */
  abstract readonly flags: number;
  /** What the kernel answers when all goes well: nothing, exactly one message, or any number and an end. */
  abstract readonly answer: 'nothing' | 'reply' | 'dump';
  /** Type of the messages that answer; set by `write`. */
  replyType = 0;

  /** Appends the payload of the message. Throws InputError. */
  abstract write(to: WriteBuffer): void;
  /** Takes the payload of one reply; the bytes are only valid during the call. */
  abstract read(from: ReadBuffer, at: number, length: number): void;
  /** The error for a refusal by the kernel; `request` is the message that was sent. */
  abstract toError(refusal: Refusal, request: ReadBuffer): IpvsLibraryError;
  /** The request was carried out, and every reply was read. */
  abstract onDone(): void;
  /** The request was refused, or it is unknown whether it was carried out. */
  abstract onFailure(error: unknown): void;
  /** A dump came to its end, but the table changed meanwhile (NLM_F_DUMP_INTR); `request` is the message that was sent. */
  abstract onInterrupted(request: ReadBuffer): void;

  /** Kept by the socket: what carries the request, until it settles, and its place there. */
  carrier: Carrier | undefined = undefined;
  /** Kept by the socket: its place there. */
  place = 0;
  /** Kept by the socket: where its message starts there, in bytes. */
  start = 0;
  /** Kept by the socket: whether the last answer came. */
  answered = false;
  /** Kept by the socket: how many replies came. */
  replies = 0;
  /** Kept by the socket: whether the kernel marked a dump as inconsistent. */
  interrupted = false;
  /** Kept by the socket: what went wrong, until it is this exchange's turn to settle. */
  failure: unknown = undefined;
}
