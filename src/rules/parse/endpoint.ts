import { isIPv6 } from 'node:net';
import { InputError } from '../../errors/input-error.ts';
import { parseIPv4 } from '../../linux/address.ts';
import type { ParsedOption } from '../command-line/parse-command.ts';

const PLUS = 43;
const ZERO = 48;
const MAX_DIGITS = 15;
const MAX_PORT = 0xffff;

/** What names stand for, known beforehand: ipvsadm's grammar has names for addresses and ports. */
export interface NameResolver {
  /** The IPv4 address of a host; undefined when it has none. */
  address(host: string): string | undefined;
  /** The port of a service by its name, for `'tcp'`, `'udp'` or `'sctp'`; undefined when it has none. */
  port(service: string, protocol: string): number | undefined;
}

/** An address, and a port where one was given. Not checked any further: text that is no number stays text. */
export interface ParsedEndpoint {
  readonly address: string;
  readonly port?: number;
  /** Whether it is known to be an IPv4 address and a port in numbers. */
  readonly checked?: boolean;
}

/** Endpoints in numbers that were read lately: a service stands on many lines, a server behind many services. */
const known = new Map<string, ParsedEndpoint>();
const MAX_KNOWN = 4096;

/** Reads `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`, with names where there are any. */
export function parseEndpoint(
  given: ParsedOption,
  field: string,
  protocol: string,
  names: NameResolver | undefined,
): ParsedEndpoint {
  const text = given.operand ?? '';
  return known.get(text) ?? parseUnknown(text, field, protocol, names);
}

function parseUnknown(text: string, field: string, protocol: string, names: NameResolver | undefined): ParsedEndpoint {
  const colon = text.lastIndexOf(':');
  if (text.indexOf(':') < colon && isIPv6(text)) return { address: text };
  const host = colon < 0 ? text : text.slice(0, colon);
  const address = text.startsWith('[') ? parseBracketed(host, text, field) : parseHost(host, text, field, names);
  if (colon < 0) return { address };
  const digits = text.slice(colon + 1);
  const port = parsePort(digits, field, protocol, names);
  const checked = address === host && parseIPv4(host) !== undefined && (parseDigits(digits) ?? Infinity) <= MAX_PORT;
  const endpoint = { address, port, checked };
  if (checked) keep(text, endpoint); // it means the same to everybody
  return endpoint;
}

function keep(text: string, endpoint: ParsedEndpoint): void {
  if (known.size === MAX_KNOWN) known.clear();
  known.set(text, endpoint);
}

function parseBracketed(host: string, text: string, field: string): string {
  const address = host.slice(1, -1);
  if (host.endsWith(']') && isIPv6(address)) return address;
  throw new InputError('must be an IPv6 address in brackets and a port, [2001:db8::1]:80', text, `${field}.address`);
}

function parseHost(host: string, text: string, field: string, names: NameResolver | undefined): string {
  if (/^\d+$/.test(text)) throw new InputError('must be an address and a port', text, `${field}.address`);
  const address = parseInetAton(host);
  if (address !== undefined || !names) return address ?? host;
  const resolved = /^[\w.-]+$/.test(host) ? names.address(host) : undefined;
  if (resolved !== undefined) return resolved;
  throw new InputError('must be an address, or a name that has one', host, `${field}.address`);
}

function parsePort(text: string, field: string, protocol: string, names: NameResolver | undefined): number {
  const port = toNumber(text);
  if (typeof port === 'number' || !names) return port;
  const resolved = /^[\w.+-]+$/.test(text) ? names.port(text, protocol) : undefined;
  if (resolved !== undefined) return resolved;
  throw new InputError(
    `must be 0 to 65535, or the name of a ${protocol} service in /etc/services`,
    text,
    `${field}.port`,
  );
}

/** The number in a text. Text without one is passed on as it is, so that the API says what it must be. */
export function toNumber(text: string | undefined): number {
  return (parseDigits(text ?? '') ?? text) as number;
}

/** One to fifteen digits, which is what a number holds, perhaps after a plus. */
function parseDigits(text: string): number | undefined {
  const start = text.charCodeAt(0) === PLUS ? 1 : 0;
  if (text.length === start || text.length > start + MAX_DIGITS) return undefined;
  let number = 0;
  for (let at = start; at < text.length; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}

/** An IPv4 address in any form that inet_aton(3) takes: one to four numbers, decimal, octal or hexadecimal. */
export function parseInetAton(text: string): string | undefined {
  if (parseIPv4(text) !== undefined) return text; // by far the most
  const parts = text.split('.');
  if (parts.length > 4 || !parts.every((part) => /^(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/i.test(part))) return undefined;
  const numbers = parts.map((part) => Number(part.replace(/^0(?=\d)/, '0o')));
  const last = numbers.pop() ?? 0;
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) return undefined;
  const whole = numbers.reduce((sum, number, i) => sum + number * 256 ** (3 - i), last);
  return dotted(whole);
}

/** The IPv4 address of a number of 32 bits. */
export function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}
