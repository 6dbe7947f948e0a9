import { WriteBuffer } from '../codec/buffer.ts';

/** Bytes of a writer that has not grown: room for a request or two. */
const SMALL = 4096;

/** Bytes that are kept for batches to come: a burst needs many large ones, and comes once. */
const MAX_BYTES = 1024 * 1024;

/** Writers of batches that are done, for others to come: fresh memory costs a page fault for each 4 KiB. */
export class SpareWriters {
  readonly #littleEndian: boolean;
  readonly #small: WriteBuffer[] = [];
  readonly #grown: WriteBuffer[] = [];
  #bytes = 0;

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian;
  }

  /** A writer for a batch of one request, which needs none that has grown, or for one of many. */
  take(requests: 'one' | 'many'): WriteBuffer {
    const spare = requests === 'one' ? this.#small.pop() : (this.#grown.pop() ?? this.#small.pop());
    if (!spare) return new WriteBuffer(SMALL, this.#littleEndian);
    this.#bytes -= spare.bytes.length;
    return spare;
  }

  /** Keeps a writer that nobody uses any more. */
  keep(writer: WriteBuffer): void {
    const { length } = writer.bytes;
    (length > SMALL ? this.#grown : this.#small).push(writer);
    this.#bytes += length;
    // The large ones of a burst make room for the many small ones of a listing.
    while (this.#bytes > MAX_BYTES) this.#bytes -= (this.#grown.shift() ?? this.#small.shift())?.bytes.length ?? 0;
  }

  clear(): void {
    this.#small.length = 0;
    this.#grown.length = 0;
    this.#bytes = 0;
  }
}
