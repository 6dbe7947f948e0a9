import { WireError } from '../../errors/wire-error.ts';
import type { NetlinkProtocol } from '../../linux/kernel.ts';
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
  /** What was read or written, as far as that went. */
  readonly bytes: Uint8Array;
}

/** A socket as it was opened. */
export interface RecordedSocket {
  /** Its number, by order of opening, from 1. */
  readonly number: number;
  /** The protocol that it speaks. */
  readonly protocol: NetlinkProtocol;
  /** Bytes that its receive queue held. */
  readonly receiveBuffer: number;
  /** Bytes that one datagram sent could hold; undefined for any number. */
  readonly largestDatagram: number | undefined;
  /** What was sent and received over it, in order. */
  readonly exchanges: readonly RecordedExchange[];
}

/** A recorded conversation. */
export interface Recording {
  /** What was sent and received, in order, of all sockets. */
  readonly exchanges: readonly RecordedExchange[];
  /** Sockets by order of opening; undefined where that was not recorded. */
  readonly sockets?: readonly RecordedSocket[] | undefined;
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

/** The line of a recording that a socket's opening is. */
export function formatOpening(socket: Omit<RecordedSocket, 'exchanges'>): string {
  const { number, protocol, receiveBuffer, largestDatagram } = socket;
  const name = number === 1 ? protocol : `${number} ${protocol}`;
  const largest = largestDatagram === undefined ? '' : ` largestDatagram=${largestDatagram}`;
  return `@ open ${name} receiveBuffer=${receiveBuffer}${largest}`;
}

/**
 * Parses a recorded conversation. The format is text, for people to review: `#` begins a comment line, `>` a datagram
 * that was sent, `<` one that was received, each in hexadecimal with spaces where they please; `@ open generic
 * receiveBuffer=BYTES largestDatagram=BYTES` the opening of a socket, the second one's being `@ open 2 …` and its
 * datagrams `2>` and `2<`; `@ read PATH` or `@ write PATH` a file, with an errno's name where that failed, followed by a
 * line `| "…"` for each of its lines, quoted as JSON, `|latin1 "…"` with a character for each byte. Blank lines separate.
 * @throws WireError for any other line
 * @example
 * ```ts
 * const { exchanges } = parseRecording('> 14000000 03\n< 24000000 02\n');
 * console.log(exchanges[0]?.replies.map(formatBytes)); // [ '24000000 02' ]
 * ```
 */
export function parseRecording(text: string): Recording {
  const parser = new Parser();
  text.split('\n').forEach((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || parser.take(line)) return;
    throw new WireError(
      `line ${index + 1} of the recording is neither '#', '> hex', '< hex' after a '>', '@ open PROTOCOL receiveBuffer=BYTES', '@ read PATH', '@ write PATH' nor '| "text"' after one of these two`,
    );
  });
  const { exchanges, sockets, files } = parser;
  return {
    exchanges,
    sockets: sockets.length > 0 ? sockets : undefined,
    files: files.map(({ pieces, ...file }) => ({ ...file, bytes: Buffer.concat(pieces) })),
    littleEndian: byteOrderOf(exchanges),
  };
}

type MutableExchange = RecordedExchange & { readonly replies: Uint8Array[] };

class Parser {
  readonly exchanges: RecordedExchange[] = [];
  readonly sockets: RecordedSocket[] = [];
  readonly files: (Omit<RecordedFile, 'bytes'> & { readonly pieces: Buffer[] })[] = [];
  /** What was sent and received so far over each socket, by its number. */
  readonly #conversations = new Map<number, MutableExchange[]>();

  /** Takes a line; false if it is none of a recording. */
  take(line: string): boolean {
    return this.#takeDatagram(line) || this.#takeOpening(line) || this.#takeFile(line) || this.#takeContent(line);
  }

  #takeDatagram(line: string): boolean {
    const [, number = 1, direction, hex = ''] = /^(\d+)?([<>])(.*)$/.exec(line) ?? [];
    const bytes = parseBytes(hex);
    if (!bytes) return false;
    const conversation = this.#conversations.get(Number(number)) ?? this.#begin(Number(number));
    if (direction === '<') return conversation.at(-1)?.replies.push(bytes) !== undefined;
    const exchange = { request: bytes, replies: [] };
    conversation.push(exchange);
    this.exchanges.push(exchange);
    return true;
  }

  #takeOpening(line: string): boolean {
    const [, number = 1, protocol, receiveBuffer, largestDatagram] = OPENING.exec(line) ?? [];
    if (!protocol) return false;
    this.sockets.push({
      number: Number(number),
      protocol: protocol as NetlinkProtocol,
      receiveBuffer: Number(receiveBuffer),
      largestDatagram: largestDatagram === undefined ? undefined : Number(largestDatagram),
      exchanges: this.#begin(Number(number)),
    });
    return true;
  }

  #takeFile(line: string): boolean {
    const [, operation, path = '', code] = /^@ (read|write) (\S+)(?: (\w+))?$/.exec(line) ?? [];
    if (operation) this.files.push({ operation: operation as RecordedFile['operation'], path, code, pieces: [] });
    return operation !== undefined;
  }

  #takeContent(line: string): boolean {
    const [, latin1, json = ''] = /^\|(latin1)? (.*)$/.exec(line) ?? [];
    const text = parseQuoted(json);
    const file = this.files.at(-1);
    if (text === undefined || !file) return false;
    file.pieces.push(Buffer.from(text, latin1 ? 'latin1' : 'utf8'));
    return true;
  }

  #begin(number: number): MutableExchange[] {
    const conversation: MutableExchange[] = [];
    this.#conversations.set(number, conversation);
    return conversation;
  }
}

const OPENING =
  /^@ open (?:(\d+) )?(generic|route|netfilter) receiveBuffer=(\d+|Infinity)(?: largestDatagram=(\d+|Infinity))?$/;

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
