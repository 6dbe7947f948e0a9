import type { Libc, MessageHeaders } from '../../linux/libc.ts';

/** Receives two datagrams with one system call, as a dump and its end come, and keeps the second until it is asked for. */
export class DatagramPair {
  /** The largest datagram that is not cut. */
  static readonly BYTES = 64 * 1024;

  readonly #libc: Libc;
  readonly #buffers = [Buffer.alloc(DatagramPair.BYTES), Buffer.alloc(DatagramPair.BYTES)] as const;
  readonly #headers: MessageHeaders;
  /** The length of the datagram that is kept. */
  #kept: number | undefined;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#headers = libc.messageHeaders(this.#buffers);
  }

  /** As recv(2). */
  receive(fd: number, into: Uint8Array, flags: number): number {
    const headers = this.#headers;
    const count = this.#libc.recvmmsg(fd, headers.memory, this.#buffers.length, flags, null);
    if (count < 0) return count;
    if (count > 1) this.#kept = headers.lengthOf(1);
    return copy(this.#buffers[0], headers.lengthOf(0), into);
  }

  /** The datagram that was received with the one before it, if there is one. */
  take(into: Uint8Array): number | undefined {
    if (this.#kept === undefined) return undefined;
    const size = copy(this.#buffers[1], this.#kept, into);
    this.#kept = undefined;
    return size;
  }

  free(): void {
    this.#headers.free();
  }
}

function copy(from: Buffer, size: number, into: Uint8Array): number {
  from.copy(into, 0, 0, Math.min(size, from.length));
  return size;
}
