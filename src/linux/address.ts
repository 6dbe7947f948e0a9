import { isIPv6 } from 'node:net';
import { InputError } from '../errors/input-error.ts';

const DOT = 46;
const COLON = 58;
const ZERO = 48;

/** The family of an address in text; undefined for text that is no address. Zones (`%eth0`) are not addresses. */
export function familyOf(address: unknown): 'inet' | 'inet6' | undefined {
  if (typeof address !== 'string') return undefined;
  if (parseIPv4(address) !== undefined) return 'inet';
  return isIPv6(address) && !address.includes('%') ? 'inet6' : undefined;
}

/** Throws unless `value` is an address; returns its family. */
export function assertAddress(field: string, value: unknown): 'inet' | 'inet6' {
  const family = familyOf(value);
  if (!family) throw new InputError('must be an IPv4 or IPv6 address without a zone', value, field);
  return family;
}

/** Addresses parsed lately: each is checked before it is written, and a server stands behind many services. */
const parsed = new Map<string, number>();
const MAX_PARSED = 4096;

/** An IPv4 address as a number; undefined for any other text. */
export function parseIPv4(text: string): number | undefined {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const number = parseDottedQuad(text);
  if (number === undefined) return undefined;
  if (parsed.size === MAX_PARSED) parsed.clear();
  parsed.set(text, number);
  return number;
}

function parseDottedQuad(text: string): number | undefined {
  const { length } = text;
  if (length < 7 || length > 15) return undefined;
  let number = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (digits === 3 || (digits === 1 && part === 0)) return undefined;
      part = part * 10 + digit;
      digits++;
    } else {
      if (digit !== DOT - ZERO || digits === 0 || part > 255 || dots === 3) return undefined;
      number = (number << 8) | part;
      dots++;
      part = 0;
      digits = 0;
    }
  }
  return dots === 3 && digits > 0 && part <= 255 ? ((number << 8) | part) >>> 0 : undefined;
}

/** Multicast: 224.0.0.0/4 and ff00::/8. The text must be an address. */
export function isMulticast(address: string): boolean {
  return /^(?:2(?:2[4-9]|3\d)\.|ff[\da-f]{2}:)/i.test(address);
}

/**
 * Unicast, as far as that does not depend on routes and interfaces: neither unspecified, nor IPv4's broadcast, nor
 * multicast. The text must be an address.
 */
export function isUnicast(address: string): boolean {
  switch (address[0]) {
    case '0':
    case ':':
      return address !== '0.0.0.0' && !/^[0:]+$/.test(address);
    case '2':
    case 'f':
    case 'F':
      return address !== '255.255.255.255' && !isMulticast(address);
    default:
      return true;
  }
}

/** The canonical text of an address, as it is read from the kernel. The text must be an address. */
export function canonicalAddress(address: string): string {
  return address.includes(':') ? formatIPv6(parseIPv6(address)) : address;
}

/** Identity of an address with a port: for IPv4 a number, which is looked up faster than a text is put together. */
export type EndpointId = number | string;

/** The identity of an endpoint, the same for every way to write its address, which must be one. */
export function endpointId(address: string, port: number): EndpointId {
  const number = parseIPv4(address);
  return number === undefined ? `${canonicalAddress(address)} ${port}` : number * 0x1_0000 + port;
}

/** Texts made lately, by the low bits of their number: a server stands behind many services, and is then one string. */
const formatted: string[] = [];
const formattedNumbers = /* @__PURE__ */ new Uint32Array(4096);

/** An IPv4 address that is this number. */
export function formatIPv4(number: number): string {
  const slot = number & (formattedNumbers.length - 1);
  const known = formatted[slot];
  if (known !== undefined && formattedNumbers[slot] === number) return known;
  const text = `${number >>> 24}.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
  formattedNumbers[slot] = number;
  formatted[slot] = text;
  return text;
}

/** The eight words of an IPv6 address that is known to be well formed. */
export function parseIPv6(text: string): number[] {
  const words: number[] = [];
  let [word, start, gap] = [0, 0, -1];
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : COLON;
    if (code === DOT) {
      const number = parseIPv4(text.slice(start)) ?? 0;
      words.push(number >>> 16, number & 0xffff);
      break;
    }
    if (code === COLON) {
      if (i > start) words.push(word);
      else gap = words.length;
      word = 0;
      start = i + 1;
    } else {
      word = word * 16 + (code & 15) + (code > COLON ? 9 : 0);
    }
  }
  if (gap >= 0) words.splice(gap, 0, ...new Array<number>(8 - words.length).fill(0));
  return words;
}

/** The IPv4 address in the first four bytes of an IPv6 address, where the kernel keeps it (`union nf_inet_addr`). */
export function leadingIPv4(address: string): string {
  const [high = 0, low = 0] = parseIPv6(address);
  return formatIPv4(high * 0x1_0000 + low);
}

/** An IPv6 address of these eight words, as inet_ntop(3) writes it. */
export function formatIPv6(words: readonly number[]): string {
  const { start, length } = longestZeros(words);
  if (start === 0 && (length === 6 || (length === 5 && words[5] === 0xffff))) return formatEmbedded(words);
  const hex = (from: number, to: number) =>
    words
      .slice(from, to)
      .map((word) => word.toString(16))
      .join(':');
  return length < 2 ? hex(0, 8) : `${hex(0, start)}::${hex(start + length, 8)}`;
}

/** An address that carries an IPv4 address in its last four bytes: `::ffff:192.0.2.1`, `::192.0.2.1`. */
function formatEmbedded(words: readonly number[]): string {
  const [high = 0, low = 0] = words.slice(6);
  return `::${words[5] === 0xffff ? 'ffff:' : ''}${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

function longestZeros(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && words[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
    start += length;
  }
  return best;
}
