import { WireError } from '../../errors/wire-error.ts';
import { readBuffer } from '../codec/buffer.ts';
import { nlmsghdr } from '../codec/struct.ts';

/** One datagram sent and the datagrams received before the next was sent. */
export interface RecordedExchange {
  /** The datagram that was sent. */
  readonly request: Uint8Array;
  /** The datagrams that were received, in order. */
  readonly replies: readonly Uint8Array[];
}

/** A file as it was read or written. */
export interface RecordedFile {
  /** Whether the file was read or written. */
  readonly operation: 'read' | 'write';
  /** Path of the file: `'/proc/net/ip_vs_stats'`. */
  readonly path: string;
  /** The errno's name, where the operation failed. */
  readonly code: string | undefined;
  /** What was read or written; empty for a read that failed. */
  readonly text: string;
}

/** A recorded conversation. */
export interface Recording {
  /** What was sent and received, in order, of all sockets. */
  readonly exchanges: readonly RecordedExchange[];
  /** Files that were read and written, in order. */
  readonly files: readonly RecordedFile[];
  /**
   * Whether the kernel stores the low byte first, as the lengths in what was sent to it tell; undefined where nothing was
   * sent that does.
   */
  readonly littleEndian: boolean | undefined;
}

/**
 * Writes bytes the way `.nl` files show them: words of four bytes.
 * @example
 * ```ts
 * console.log(formatBytes(Uint8Array.of(20, 0, 0, 0, 3))); // 14000000 03
 * ```
 */
export function formatBytes(bytes: Uint8Array): string {
  return (
    Buffer.from(bytes)
      .toString('hex')
      .match(/.{1,8}/g) ?? []
  ).join(' ');
}

/**
 * Parses a recorded conversation. The format is text, for people to review: `#` begins a comment line, `>` a datagram
 * that was sent, `<` one that was received, each in hexadecimal with spaces where they please; `@ read PATH` or `@ write
 * PATH` a file, with an errno's name where that failed, followed by a line `| "…"` for each of its lines, quoted as
 * JSON. Blank lines separate.
 * @throws WireError for any other line
 * @example
 * ```ts
 * const { exchanges } = parseRecording('> 14000000 03\n< 24000000 02\n');
 * console.log(exchanges[0]?.replies.map(formatBytes)); // [ '24000000 02' ]
 * ```
 */
export function parseRecording(text: string): Recording {
  const exchanges: { request: Uint8Array; replies: Uint8Array[] }[] = [];
  const files: { operation: 'read' | 'write'; path: string; code: string | undefined; text: string }[] = [];
  text.split('\n').forEach((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return;
    const bytes = parseBytes(line.slice(1));
    const [, operation, path = '', code] = /^@ (read|write) (\S+)(?: (\w+))?$/.exec(line) ?? [];
    const file = files.at(-1);
    const quoted = line.startsWith('| ') && file ? parseQuoted(line.slice(2)) : undefined;
    if (bytes && line.startsWith('>')) exchanges.push({ request: bytes, replies: [] });
    else if (bytes && line.startsWith('<') && exchanges.length > 0) exchanges.at(-1)?.replies.push(bytes);
    else if (operation) files.push({ operation: operation as 'read' | 'write', path, code, text: '' });
    else if (file && quoted !== undefined) file.text += quoted;
    else
      throw new WireError(
        `line ${index + 1} of the recording is neither '#', '> hex', '< hex' after a '>', '@ read PATH', '@ write PATH' nor '| "text"' after a '@'`,
      );
  });
  return { exchanges, files, littleEndian: byteOrderOf(exchanges) };
}

/** A message is no longer than its datagram in the byte order in which it was written, and hardly ever in the other. */
function byteOrderOf(exchanges: readonly RecordedExchange[]): boolean | undefined {
  for (const { request } of exchanges) {
    const { view } = readBuffer(request);
    if (request.length < nlmsghdr.size) continue;
    const [little, big] = [true, false].map((littleEndian) => {
      const length = view.getUint32(nlmsghdr.offset.nlmsg_len, littleEndian);
      return length >= nlmsghdr.size && length <= request.length;
    });
    if (little !== big) return little;
  }
  return undefined;
}

function parseBytes(hex: string): Uint8Array | undefined {
  const digits = hex.replaceAll(/\s/g, '');
  return /^(?:[0-9a-f]{2})+$/i.test(digits) ? Buffer.from(digits, 'hex') : undefined;
}

function parseQuoted(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
