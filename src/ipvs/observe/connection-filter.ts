import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { within } from '../../errors/within.ts';
import { parseIPv4, parseIPv6 } from '../../linux/address.ts';
import type { ConnectionFilter } from '../model/connection.ts';
import { encodeDestinationKey } from '../model/destination.ts';
import { encodeServiceKey, type ServiceKey } from '../model/service-key.ts';
import type { ConnectionLine, Position } from './connection-line.ts';

type Accepts = (line: ConnectionLine) => boolean;

/** The test of a line that a filter stands for. Throws InputError for an invalid filter. */
export function compileFilter(filter: ConnectionFilter): Accepts {
  assertKnownProperties('filter', filter, ['service', 'destination', 'state', 'protocol', 'origin']);
  const { service, destination, state, protocol, origin } = filter;
  const tests: Accepts[] = [];
  if (protocol !== undefined) tests.push(hasProtocol(protocol));
  if (state !== undefined) tests.push(hasState(state));
  if (origin !== undefined) tests.push(hasOrigin(origin));
  if (service !== undefined) tests.push(...inFilter(() => belongsTo(service)));
  if (destination !== undefined) {
    const { address, port } = inFilter(() => encodeDestinationKey(destination));
    const matches = endMatcher(address, port);
    tests.push((line) => matches(line.bytes, line.destination));
  }
  return (line) => tests.every((accepts) => accepts(line));
}

function hasProtocol(protocol: unknown): Accepts {
  if (typeof protocol !== 'string' || !/^[a-z]+$/.test(protocol))
    throw new InputError("must be a protocol such as 'tcp'", protocol, 'filter.protocol');
  return (line) => line.protocol === protocol;
}

function hasState(state: unknown): Accepts {
  const states: unknown[] = Array.isArray(state) ? [...state] : [state];
  for (const each of states)
    if (typeof each !== 'string' || !/^[A-Z][A-Z0-9_-]*$/.test(each))
      throw new InputError("must be the kernel's name of a state, such as 'ESTABLISHED'", each, 'filter.state');
  const wanted = new Set(states);
  return (line) => wanted.has(line.state);
}

function hasOrigin(origin: unknown): Accepts {
  if (origin !== 'local' && origin !== 'sync')
    throw new InputError("must be 'local' or 'sync'", origin, 'filter.origin');
  return (line) => line.origin === origin;
}

function belongsTo(service: ServiceKey): Accepts[] {
  const { family, protocol = 'ip', address = '', port = 0, fwmark } = encodeServiceKey(service);
  const end = fwmark === undefined ? address : markAddress(fwmark, family);
  const matches = endMatcher(end, fwmark === undefined && port === 0 ? undefined : port);
  return [(line) => line.protocol === protocol, (line) => matches(line.bytes, line.virtual)];
}

/** A template keeps the mark in the first four bytes of the virtual address (`ip_vs_sched_persist`). */
function markAddress(mark: number, family: string | undefined): string {
  if (family === 'inet6') return `${(mark >>> 16).toString(16)}:${(mark & 0xffff).toString(16)}::`;
  return `${mark >>> 24}.${(mark >> 16) & 255}.${(mark >> 8) & 255}.${mark & 255}`;
}

function endMatcher(address: string, port: number | undefined): (bytes: Uint8Array, end: Position) => boolean {
  const hasPort = (end: Position) => port === undefined || end.port === port;
  const number = parseIPv4(address);
  if (number !== undefined) return (_, end) => end.ipv4 === number && hasPort(end);
  const text = parseIPv6(address)
    .map((part) => part.toString(16).padStart(4, '0'))
    .join(':');
  return (bytes, end) => end.ipv4 < 0 && hasPort(end) && startsWith(bytes, end.start, text);
}

/** Compares without regard to case; the bit of lower case is set in digits and colons anyway. */
function startsWith(bytes: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (((bytes[start + i] ?? 0) | 32) !== text.charCodeAt(i)) return false;
  return true;
}

function inFilter<T>(encode: () => T): T {
  try {
    return encode();
  } catch (error) {
    throw within('filter', error);
  }
}
