import { errnoNumber } from '../../errors/errno.ts';
import { TransportError } from '../../errors/transport-error.ts';
import type { NetlinkTraits } from './traits.ts';

const SKB_OVERHEAD = 256;
const SHARED_INFO = 320;

/** Bytes of the receive buffer that a datagram is charged (`skb->truesize`): its data, rounded up by the allocator, and its head. */
export function truesize(length: number, { smallHeads }: NetlinkTraits): number {
  if (smallHeads && length <= 384) return 960;
  let block = 512;
  while (block < Math.ceil(length / 64) * 64 + SHARED_INFO) block *= 2;
  return SKB_OVERHEAD + block;
}

/** Datagrams on their way to a socket, within its receive buffer (net/netlink/af_netlink.c). */
export class ReceiveQueue {
  /** Bytes that the queue may hold (SO_RCVBUF as granted). */
  readonly limit: number;
  readonly #traits: NetlinkTraits;
  readonly #datagrams: { readonly bytes: Uint8Array; readonly cost: number }[] = [];
  #used = 0;
  /** Once something was lost nothing is let in until the queue was emptied (NETLINK_S_CONGESTED). */
  #congested = false;
  /** The errno that the next receive fails with (`sk_err`). */
  #error: string | undefined;

  constructor(limit: number, traits: NetlinkTraits) {
    this.limit = limit;
    this.#traits = traits;
  }

  get used(): number {
    return this.#used;
  }

  /** Queues an answer; false when it was lost (netlink_attachskb). */
  offer(bytes: Uint8Array, cost: number): boolean {
    const counted = this.#traits.lastMayExceed ? this.#used : this.#used + cost;
    const fits = this.#datagrams.length === 0 || counted <= this.limit;
    if (fits && !this.#congested) this.push(bytes, cost);
    else this.overrun();
    return fits && !this.#congested;
  }

  /** Queues a chunk of a dump, which was made to fit. */
  push(bytes: Uint8Array, cost: number): void {
    this.#datagrams.push({ bytes, cost });
    this.#used += cost;
  }

  /** An answer was lost: the next receive says so, once (netlink_overrun). */
  overrun(): void {
    if (!this.#congested) this.#error = 'ENOBUFS';
    this.#congested = true;
  }

  /** A chunk could not be made; the next receive says so. */
  fail(code: string): void {
    this.#error = code;
  }

  /** The next datagram, undefined when there is none. Throws TransportError before anything else. */
  take(): Uint8Array | undefined {
    const error = this.#error;
    this.#error = undefined;
    const next = error === undefined ? this.#datagrams.shift() : undefined;
    if (next) this.#used -= next.cost;
    if (this.#datagrams.length === 0) this.#congested = false;
    if (error !== undefined) throw failure(error);
    return next?.bytes;
  }
}

function failure(code: string): TransportError {
  const errno = errnoNumber(code);
  const options = { syscall: 'recv', ...(errno !== undefined && { errno }) };
  if (code !== 'ENOBUFS')
    return new TransportError(
      'ERR_NETLINK_SYSTEM',
      `The system call recv failed on a netlink socket (${code})`,
      options,
    );
  const message = 'The receive buffer overran and answers were lost; what was asked may or may not have been done';
  return new TransportError('ERR_NETLINK_OVERRUN', message, options);
}
