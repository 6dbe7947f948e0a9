import { hostIsLittleEndian } from '../../linux/byte-order.ts';

/** Bytes to read from, with the one DataView and the byte order that go with them. */
export interface ReadBuffer {
  /** The bytes themselves, not a copy. */
  readonly bytes: Uint8Array;
  /** A view of the same bytes. */
  readonly view: DataView;
  /** Byte order of everything that is not in network order. */
  readonly littleEndian: boolean;
}

/**
 * Makes bytes readable by codecs, without copying them.
 * @example
 * ```ts
 * console.log(u16.read(readBuffer(Uint8Array.of(1, 2), true), 0, 2, {})); // 513
 * ```
 */
export function readBuffer(bytes: Uint8Array, littleEndian = hostIsLittleEndian): ReadBuffer {
  return { bytes, view: viewOf(bytes), littleEndian };
}

/**
 * A growing buffer that codecs write to. What is beyond `at` is scratch.
 * @example
 * ```ts
 * const to = new WriteBuffer();
 * be16.write(to, 80, {});
 * console.log(to.written()); // Uint8Array(2) [ 0, 80 ]
 * ```
 */
export class WriteBuffer implements ReadBuffer {
  /** The bytes, longer than what was written; replaced when the buffer grows. */
  bytes: Uint8Array;
  /** A view of the same bytes; replaced when the buffer grows. */
  view: DataView;
  /** End of what was written. */
  at = 0;
  /** Byte order of everything that is not in network order. */
  readonly littleEndian: boolean;
  #written: Uint8Array;

  /** @param capacity bytes to begin with; the buffer grows as it needs */
  constructor(capacity = 256, littleEndian = hostIsLittleEndian) {
    this.bytes = new Uint8Array(capacity);
    this.view = viewOf(this.bytes);
    this.#written = this.bytes;
    this.littleEndian = littleEndian;
  }

  /**
   * Takes the next `size` bytes, whose content is undefined, and returns where they start.
   * @example
   * ```ts
   * const to = new WriteBuffer();
   * to.view.setUint8(to.reserve(1), 7);
   * console.log(to.at); // 1
   * ```
   */
  reserve(size: number): number {
    const start = this.at;
    this.ensure(size);
    this.at = start + size;
    return start;
  }

  /**
   * Makes room for the next `size` bytes without taking them.
   * @example
   * ```ts
   * const to = new WriteBuffer(4);
   * to.ensure(100);
   * console.log(to.bytes.length, to.at); // 100 0
   * ```
   */
  ensure(size: number): void {
    const end = this.at + size;
    if (end > this.bytes.length) this.#grow(end);
  }

  /**
   * Appends bytes as they are.
   * @example
   * ```ts
   * const to = new WriteBuffer();
   * to.append(Uint8Array.of(1, 2, 3));
   * console.log(to.at); // 3
   * ```
   */
  append(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
  }

  /**
   * Fills up to netlink's alignment with zeros.
   * @example
   * ```ts
   * const to = new WriteBuffer();
   * to.append(Uint8Array.of(1, 2, 3));
   * to.pad();
   * console.log(to.written()); // Uint8Array(4) [ 1, 2, 3, 0 ]
   * ```
   */
  pad(): void {
    while ((this.at & 3) !== 0) {
      const at = this.reserve(1);
      this.bytes[at] = 0;
    }
  }

  /**
   * What was written, without copying.
   * @example
   * ```ts
   * const to = new WriteBuffer();
   * u8.write(to, 7, {});
   * console.log(to.written()); // Uint8Array(1) [ 7 ]
   * ```
   */
  written(): Uint8Array {
    // A view is dearer than a comparison, and requests of one kind are often of one size.
    if (this.#written.length !== this.at) this.#written = this.bytes.subarray(0, this.at);
    return this.#written;
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
    this.view = viewOf(larger);
    this.#written = larger;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
