import type { Refusal } from '../../errors/kernel-error.ts';
import type { IpvsLibraryError } from '../../errors/library-error.ts';
import type { ReadBuffer, WriteBuffer } from '../codec/buffer.ts';

/** What carries requests and can let go of one. */
interface Carrier {
  abandon(exchange: Exchange): void;
}

/**
 * One request and what comes of it. The socket calls `write` when the request is submitted, `read` for every reply
 * message as it arrives, and in the end either `done` or `fail`, once.
 */
export abstract class Exchange {
  /** Type of the message: the id of the family. */
  abstract readonly type: number;
  /** Flags of the message beside NLM_F_REQUEST; NLM_F_ACK is not for requests, a batch is acknowledged as a whole. */
  abstract readonly flags: number;
  /** What the kernel answers when all goes well: nothing, exactly one message, or any number and an end. */
  abstract readonly answer: 'nothing' | 'reply' | 'dump';

  /** Appends the payload of the message. Throws InputError. */
  abstract write(to: WriteBuffer): void;
  /** Takes the payload of one reply; the bytes are only valid during the call. */
  abstract read(from: ReadBuffer, at: number, length: number): void;
  /** The error for a refusal by the kernel; `request` is the message that was sent. */
  abstract toError(refusal: Refusal, request: ReadBuffer): IpvsLibraryError;
  abstract done(): void;
  abstract fail(error: unknown): void;

  /** Kept by the socket: what carries the request, until it settles, and its place there. */
  carrier: Carrier | undefined = undefined;
  place = 0;
  /** Kept by the socket: whether a reply came. */
  answered = false;
  /** Kept by the socket: what went wrong, until it is this exchange's turn to settle. */
  failure: unknown = undefined;
}
