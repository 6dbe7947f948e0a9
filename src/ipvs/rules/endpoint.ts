import { isIPv6 } from 'node:net';
import { InputError } from '../../netlink/index.ts';
import { parseIPv4 } from '../address.ts';
import type { Given } from './line.ts';

/** What names stand for, known beforehand: ipvsadm's grammar has names for addresses and ports. */
export interface Names {
  /** The IPv4 address of a host; undefined when it has none. */
  address(host: string): string | undefined;
  /** The port of a service by its name, for `'tcp'`, `'udp'` or `'sctp'`; undefined when it has none. */
  port(service: string, protocol: string): number | undefined;
}

/** An address, and a port where one was given. Not checked any further: text that is no number stays text. */
export interface Endpoint {
  readonly address: string;
  readonly port: number | undefined;
}

/** Reads `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`, with names where there are any. */
export function readEndpoint(given: Given, field: string, protocol: string, names: Names | undefined): Endpoint {
  const text = given.operand ?? '';
  const colon = text.lastIndexOf(':');
  if (text.indexOf(':') < colon && isIPv6(text)) return { address: text, port: undefined };
  const host = colon < 0 ? text : text.slice(0, colon);
  const address = text.startsWith('[') ? readBracketed(host, text, field) : readHost(host, text, field, names);
  return { address, port: colon < 0 ? undefined : readPort(text.slice(colon + 1), field, protocol, names) };
}

function readBracketed(host: string, text: string, field: string): string {
  const address = host.slice(1, -1);
  if (host.endsWith(']') && isIPv6(address)) return address;
  throw new InputError('must be an IPv6 address in brackets and a port, [2001:db8::1]:80', text, `${field}.address`);
}

function readHost(host: string, text: string, field: string, names: Names | undefined): string {
  if (/^\d+$/.test(text)) throw new InputError('must be an address and a port', text, `${field}.address`);
  const address = parseInetAton(host);
  if (address !== undefined || !names) return address ?? host;
  const resolved = /^[\w.-]+$/.test(host) ? names.address(host) : undefined;
  if (resolved !== undefined) return resolved;
  throw new InputError('must be an address, or a name that has one', host, `${field}.address`);
}

function readPort(text: string, field: string, protocol: string, names: Names | undefined): number {
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
  return (/^\+?\d{1,15}$/.test(text ?? '') ? Number(text) : text) as number;
}

/** An IPv4 address in any form that inet_aton(3) takes: one to four numbers, decimal, octal or hexadecimal. */
export function parseInetAton(text: string): string | undefined {
  if (parseIPv4(text) !== undefined) return text; // by far the most
  if (text.length > MAX_INET_ATON) return undefined;
  const parts = text.split('.');
  if (parts.length > 4 || !parts.every((part) => /^(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/i.test(part))) return undefined;
  const numbers = parts.map((part) => (/^0\d/.test(part) ? Number.parseInt(part, 8) : Number(part)));
  const last = numbers.pop() ?? 0;
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) return undefined;
  const whole = numbers.reduce((sum, number, i) => sum + number * 256 ** (3 - i), last);
  return [24, 16, 8, 0].map((shift) => (whole >>> shift) & 255).join('.');
}

/** Four numbers of 32 bits in octal. */
const MAX_INET_ATON = 51;
