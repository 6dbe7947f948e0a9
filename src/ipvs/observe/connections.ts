import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { WireError } from '../../errors/wire-error.ts';
import { type AbortSignalLike, assertSignal } from '../../linux/abort-signal.ts';
import type { Kernel } from '../../linux/kernel.ts';
import type { Connection, ConnectionFilter } from '../model/connection.ts';
import { compileFilter } from './connection-filter.ts';
import { ConnectionLine } from './connection-line.ts';

const NEWLINE = 10;

/** A line of the kernel's has some 80 bytes, 160 with IPv6, and what a persistence engine shows. */
const MAX_LINE_BYTES = 64 * 1024;

/** Milliseconds of work in a row before the event loop gets its turn. */
const TIME_SLICE = 8;

/** How many lines between two looks at the clock. */
const LINES_PER_CHECK = 256;

/** Options of a listing of connections. */
export interface ConnectionsOptions {
  /** Stops reading; the iteration rejects with the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
  /**
   * Tells where each connection was made, instead of its persistence engine: the kernel has a file for either. Default
   * false, unless filtered by origin.
   */
  readonly origin?: boolean | undefined;
}

/**
 * The connections of a kernel one by one, in memory that does not grow with their number.
 * @throws InputError for an invalid filter, SystemError, WireError
 */
export async function* readConnections(
  kernel: Kernel,
  filter: ConnectionFilter = {},
  options: ConnectionsOptions = {},
): AsyncGenerator<Connection, void, undefined> {
  const accepts = compileFilter(filter);
  assertKnownProperties('', options, ['signal', 'origin']);
  if (options.signal !== undefined) assertSignal(options.signal);
  const { signal, origin = filter.origin !== undefined } = options;
  const pieces = kernel.readFile(`/proc/net/ip_vs_conn${origin ? '_sync' : ''}`);
  const lines = new LineSplitter();
  const line = new ConnectionLine();
  let sliceEnd = performance.now() + TIME_SLICE;
  let unchecked = 0;
  if (signal?.aborted) throw signal.reason;
  for await (const piece of withEnd(pieces)) {
    if (signal?.aborted) throw signal.reason;
    lines.add(piece);
    while (lines.next()) {
      if (++unchecked >= LINES_PER_CHECK) {
        unchecked = 0;
        if (performance.now() >= sliceEnd) {
          await new Promise((resolve) => setImmediate(resolve));
          sliceEnd = performance.now() + TIME_SLICE;
        }
        if (signal?.aborted) throw signal.reason;
      }
      const { bytes, start, end } = lines;
      if (lines.isTitle || start === end) continue;
      if (!line.read(bytes, start, end))
        throw new WireError(`is no line of the connection table: ${quoted(bytes, start, end)}`, 'connection');
      if (!accepts(line)) continue;
      yield line.toConnection();
      if (signal?.aborted) throw signal.reason;
    }
  }
}

/** The pieces, and an end of the last line where the file has none. */
async function* withEnd(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let last = NEWLINE;
  for await (const piece of pieces) {
    if (piece.length === 0) continue;
    last = piece[piece.length - 1] ?? NEWLINE;
    yield piece;
  }
  if (last !== NEWLINE) yield Uint8Array.of(NEWLINE);
}

/** Cuts pieces into lines. What a piece leaves of a line is kept until the next brings the rest. */
class LineSplitter {
  bytes: Uint8Array = new Uint8Array();
  start = 0;
  end = 0;
  #next = 0;
  #count = 0;

  /** Takes another piece, once the lines of the one before are used up. */
  add(piece: Uint8Array): void {
    const rest = this.bytes.length - this.#next;
    if (rest > MAX_LINE_BYTES) throw new WireError(`a line of more than ${MAX_LINE_BYTES} bytes`, 'connection');
    if (rest === 0) {
      this.bytes = piece;
    } else {
      const joined = new Uint8Array(rest + piece.length);
      joined.set(this.bytes.subarray(this.#next));
      joined.set(piece, rest);
      this.bytes = joined;
    }
    this.#next = 0;
  }

  /** Goes on to the next whole line; false when there is none left. */
  next(): boolean {
    const end = this.bytes.indexOf(NEWLINE, this.#next);
    if (end < 0) {
      // Copied, as the next piece may overwrite this one; a Buffer's own slice() would not copy.
      this.bytes = new Uint8Array(this.bytes.subarray(this.#next));
      this.#next = 0;
      return false;
    }
    this.start = this.#next;
    this.end = end;
    this.#next = end + 1;
    this.#count++;
    return true;
  }

  /** Whether the line is the file's first and says what the columns are. */
  get isTitle(): boolean {
    return this.#count === 1 && startsWith(this.bytes, this.start, 'Pro FromIP ');
  }
}

function startsWith(bytes: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

function quoted(bytes: Uint8Array, start: number, end: number): string {
  return JSON.stringify(new TextDecoder('latin1').decode(bytes.subarray(start, Math.min(end, start + 200))));
}

/**
 * The connections in the text of `/proc/net/ip_vs_conn` or `ip_vs_conn_sync` (`ip_vs_conn_seq_show`,
 * `ip_vs_conn_sync_seq_show`), with or without its title.
 * @throws InputError for a line that is no connection
 * @example
 * ```ts
 * const text = 'TCP C6336407 9C40 C000020A 0050 0A000005 1F90 ESTABLISHED     899\n';
 * for (const { source, destination } of parseConnections(text)) console.log(source.address, destination.address);
 * // 198.51.100.7 10.0.0.5
 * ```
 */
export function parseConnections(text: string): Connection[] {
  if (typeof text !== 'string') throw new InputError('must be the text of /proc/net/ip_vs_conn', text, 'text');
  const lines = new LineSplitter();
  lines.add(new TextEncoder().encode(text.endsWith('\n') ? text : `${text}\n`));
  const line = new ConnectionLine();
  const connections: Connection[] = [];
  while (lines.next()) {
    const { bytes, start, end } = lines;
    if (lines.isTitle || start === end) continue;
    if (!line.read(bytes, start, end))
      throw new InputError(
        'must be a line of /proc/net/ip_vs_conn',
        new TextDecoder('latin1').decode(bytes.subarray(start, end)),
        'connection',
      );
    connections.push(line.toConnection());
  }
  return connections;
}
