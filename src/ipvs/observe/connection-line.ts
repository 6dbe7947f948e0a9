import { formatIPv4, formatIPv6 } from '../../linux/address.ts';
import type { Connection, ConnectionOrigin, Endpoint } from '../model/connection.ts';

const SPACE = 32;
const COLON = 58;
const ZERO = 48;
const IPV6_LENGTH = 39;

/** `ip_vs_proto_name`, in the API's own words. */
const protocols: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  TCP: 'tcp',
  UDP: 'udp',
  SCTP: 'sctp',
  IP: 'ip',
});

const latin1 = new TextDecoder('latin1');

/** An end of a connection as numbers: an IPv4 address is one, an IPv6 address starts at a byte of the line. */
export interface Position {
  /** -1 for IPv6. */
  ipv4: number;
  start: number;
  port: number;
}

/**
 * A line of `/proc/net/ip_vs_conn` or `ip_vs_conn_sync` (`ip_vs_conn_seq_show`, `ip_vs_conn_sync_seq_show`), taken apart
 * without making anything: a filter looks at the numbers, and only what it lets through becomes a {@link Connection}.
 * The same object serves one line after the other.
 */
export class ConnectionLine {
  bytes: Uint8Array = new Uint8Array();
  readonly source: Position = { ipv4: -1, start: 0, port: 0 };
  readonly virtual: Position = { ipv4: -1, start: 0, port: 0 };
  readonly destination: Position = { ipv4: -1, start: 0, port: 0 };
  origin: ConnectionOrigin | undefined;
  expires = 0;
  #start = 0;
  #end = 0;
  #at = 0;
  #protocolEnd = 0;
  #stateStart = 0;
  #stateEnd = 0;
  #engineStart = 0;

  /** Takes the line from `start` up to `end` apart; false when it is no connection. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#at = start;
    this.#skipWord();
    this.#protocolEnd = this.#at;
    if (this.#at === start) return false;
    if (!this.#readEnd(this.source) || !this.#readEnd(this.virtual) || !this.#readEnd(this.destination)) return false;
    this.#skipSpaces();
    this.#stateStart = this.#at;
    this.#skipWord();
    this.#stateEnd = this.#at;
    this.#skipSpaces();
    if (!this.#readOrigin() || !this.#readExpires()) return false;
    // What a persistence engine shows may hold blanks: it goes to the end of the line.
    this.#skipSpaces();
    this.#engineStart = this.#at;
    return true;
  }

  get protocol(): string {
    const name = word(this.bytes, this.#start, this.#protocolEnd);
    return protocols[name] ?? name.toLowerCase();
  }

  get state(): string {
    return word(this.bytes, this.#stateStart, this.#stateEnd);
  }

  /** The connection in the API's own words. */
  toConnection(): Connection {
    const { bytes, origin, expires } = this;
    const connection: { -readonly [K in keyof Connection]: Connection[K] } = {
      protocol: this.protocol,
      source: endpoint(bytes, this.source),
      virtual: endpoint(bytes, this.virtual),
      destination: endpoint(bytes, this.destination),
      state: this.state,
      expires,
    };
    if (origin !== undefined) connection.origin = origin;
    if (this.#engineStart === this.#end) return connection;
    const text = latin1.decode(bytes.subarray(this.#engineStart, this.#end));
    const blank = text.indexOf(' ');
    connection.engine = blank < 0 ? text : text.slice(0, blank);
    if (blank >= 0) connection.engineData = text.slice(blank + 1);
    return connection;
  }

  #skipSpaces(): void {
    const { bytes } = this;
    const end = this.#end;
    let at = this.#at;
    while (at < end && bytes[at] === SPACE) at++;
    this.#at = at;
  }

  #skipWord(): void {
    const { bytes } = this;
    const end = this.#end;
    let at = this.#at;
    while (at < end && bytes[at] !== SPACE) at++;
    this.#at = at;
  }

  /** An address and a port, each after blanks. */
  #readEnd(into: Position): boolean {
    this.#skipSpaces();
    const { bytes } = this;
    const start = this.#at;
    into.start = start;
    if (bytes[start + 4] === COLON) {
      into.ipv4 = -1;
      this.#at = start + IPV6_LENGTH;
      if (this.#at >= this.#end || !isIPv6(bytes, start)) return false;
    } else {
      into.ipv4 = hex(bytes, start, 8);
      this.#at = start + 8;
      if (into.ipv4 < 0) return false;
    }
    if (bytes[this.#at] !== SPACE) return false;
    this.#skipSpaces();
    into.port = hex(bytes, this.#at, 4);
    this.#at += 4;
    return into.port >= 0 && this.#at < this.#end && bytes[this.#at] === SPACE;
  }

  /** `LOCAL` or `SYNC`, in `ip_vs_conn_sync` alone. */
  #readOrigin(): boolean {
    const first = this.bytes[this.#at] ?? 0;
    this.origin = undefined;
    if (first >= ZERO && first <= ZERO + 9) return true;
    const start = this.#at;
    this.#skipWord();
    const text = word(this.bytes, start, this.#at);
    if (text !== 'LOCAL' && text !== 'SYNC') return false;
    this.origin = text === 'LOCAL' ? 'local' : 'sync';
    this.#skipSpaces();
    return true;
  }

  #readExpires(): boolean {
    const { bytes } = this;
    const start = this.#at;
    const end = this.#end;
    let at = start;
    let seconds = 0;
    for (; at < end; at++) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      seconds = seconds * 10 + digit;
    }
    this.#at = at;
    this.expires = seconds;
    return at > start && (at === end || bytes[at] === SPACE);
  }
}

/** Words read lately: a protocol or a state is one of a dozen, and a table has a million of them. */
const recentWords: string[] = [];

function word(bytes: Uint8Array, start: number, end: number): string {
  const slot = ((bytes[start] ?? 0) * 7 + (bytes[end - 1] ?? 0) + (end - start)) & 63;
  const known = recentWords[slot];
  if (known !== undefined && isWord(known, bytes, start, end)) return known;
  const text = latin1.decode(bytes.subarray(start, end));
  recentWords[slot] = text;
  return text;
}

function isWord(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

function endpoint(bytes: Uint8Array, { ipv4, start, port }: Position): Endpoint {
  return { address: ipv4 >= 0 ? formatIPv4(ipv4) : formatIPv6(ipv6Words(bytes, start)), port };
}

/** Values of the hexadecimal digits by character code; -1 for anything else. */
const digits = Int8Array.from({ length: 256 }, (_, code) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase()),
);

/** A number of so many hexadecimal digits; negative where there are others. */
function hex(bytes: Uint8Array, start: number, length: number): number {
  let number = 0;
  for (let at = start; at < start + length; at++) {
    const digit = digits[bytes[at] ?? 0] ?? -1;
    if (digit < 0) return -1;
    number = number * 16 + digit;
  }
  return number;
}

function isIPv6(bytes: Uint8Array, start: number): boolean {
  for (let at = start; at < start + IPV6_LENGTH; at += 5) {
    if (hex(bytes, at, 4) < 0) return false;
    if (at < start + IPV6_LENGTH - 4 && bytes[at + 4] !== COLON) return false;
  }
  return true;
}

function ipv6Words(bytes: Uint8Array, start: number): number[] {
  const words: number[] = [];
  for (let at = start; at < start + IPV6_LENGTH; at += 5) words.push(hex(bytes, at, 4));
  return words;
}
