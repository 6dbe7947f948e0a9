import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { assertInteger } from '../../errors/validate.ts';
import { encodeServiceKey, type Protocol, protocolNumber, type ServiceKey } from '../../ipvs/model/service-key.ts';
import { assertLiteral } from '../../ipvs/model/validate.ts';
import { protocol as protocols } from '../../ipvs/wire/tables.ts';
import { familyOf, parseIPv4, parseIPv6 } from '../../linux/address.ts';

/** A number, or the first and the last of a range: `8000`, `'8000-8999'`. */
export type NumberRange = number | `${number}` | `${number}-${number}`;

/**
 * A set of services. A service with an address belongs to it when each of `addresses`, `protocols` and `ports` that is
 * given has it, and one of the three must be given; a service by firewall mark when `marks` has it.
 */
export interface ScopeFilter {
  /** Virtual addresses and networks of both families: `'192.0.2.10'`, `'10.96.0.0/12'`, `'2001:db8::/32'`. */
  readonly addresses?: readonly string[] | undefined;
  /** Transport protocols. */
  readonly protocols?: readonly Protocol[] | undefined;
  /** Virtual ports, 0 to 65535. */
  readonly ports?: readonly NumberRange[] | undefined;
  /** Firewall marks of both families, 1 to 4294967295. */
  readonly marks?: readonly NumberRange[] | undefined;
}

/**
 * The services that are ours, since IPVS has no labels: what one of several filters has, or what a function is true of.
 * The function must be true of the same services whenever it is asked.
 */
export type Scope = ScopeFilter | readonly ScopeFilter[] | ((service: ServiceKey) => boolean);

/** Tells whether a service is in the scope; without one, every service is. Throws InputError for an invalid scope. */
export function compileScope(scope: Scope | undefined): (service: ServiceKey) => boolean {
  if (scope === undefined) return () => true;
  if (typeof scope === 'function') return scope;
  if (!Array.isArray(scope)) return compileFilter(scope as ScopeFilter, 'scope');
  const filters = scope.map((filter, i) => compileFilter(filter, `scope[${i}]`));
  return (service) => filters.some((has) => has(service));
}

type Test<T> = (value: T) => boolean;

const SETS = ['addresses', 'protocols', 'ports', 'marks'] as const;

function compileFilter(filter: ScopeFilter, path: string): Test<ServiceKey> {
  assertKnownProperties(path, filter, SETS);
  if (SETS.every((name) => filter[name] === undefined))
    throw new InputError(`must name one of ${SETS.join(', ')}`, filter, path);
  const byAddress = filter.addresses ?? filter.protocols ?? filter.ports;
  const hasAddress = anyOf(filter.addresses, `${path}.addresses`, compileNetwork);
  const hasProtocol = anyOf(filter.protocols, `${path}.protocols`, compileProtocol);
  const hasPort = anyOf(filter.ports, `${path}.ports`, (range, at) => compileRange(range, at, 0, 0xffff));
  const hasMark = anyOf(filter.marks, `${path}.marks`, (range, at) => compileRange(range, at, 1, 0xffffffff));
  return (service) => {
    const { fwmark, address = '', port = 0, protocol = '#0' } = encodeServiceKey(service);
    if (fwmark !== undefined) return filter.marks !== undefined && hasMark(fwmark);
    return byAddress !== undefined && hasProtocol(protocolNumber(protocol)) && hasPort(port) && hasAddress(address);
  };
}

/** Tells whether one of the values has it; where none are given, they all do. */
function anyOf<T, V>(
  values: readonly T[] | undefined,
  path: string,
  compile: (value: T, path: string) => Test<V>,
): Test<V> {
  if (values === undefined) return () => true;
  if (!Array.isArray(values)) throw new InputError('must be an array', values, path);
  const tests = values.map((value, i) => compile(value, `${path}[${i}]`));
  return (value) => tests.some((has) => has(value));
}

function compileProtocol(name: Protocol, path: string): Test<number> {
  assertLiteral(path, name, protocols.names, 0xffff);
  const number = protocolNumber(name);
  return (value) => value === number;
}

function compileRange(range: NumberRange, path: string, min: number, max: number): Test<number> {
  const match = /^(\d+)(?:-(\d+))?$/.exec(String(range));
  if (!match) throw new InputError("must be a number, or a range such as '8000-8999'", range, path);
  const first = assertInteger(path, Number(match[1]), min, max);
  const last = assertInteger(path, Number(match[2] ?? match[1]), min, max);
  if (last < first) throw new InputError('must be a range whose last number is not below its first', range, path);
  return (value) => value >= first && value <= last;
}

/** Every address that is equal to the network's in as many leading bits as its prefix says; all bits for an address. */
function compileNetwork(network: string, path: string): Test<string> {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d+))?$/.exec(String(network)) ?? [];
  const family = familyOf(address);
  if (!family) throw new InputError("must be an address or a network such as '192.0.2.0/24'", network, path);
  const bits = family === 'inet' ? 32 : 128;
  const length = prefix === undefined ? bits : assertInteger(path, Number(prefix), 0, bits, 'bits of the prefix');
  const wanted = wordsOf(address);
  return (other) => {
    const words = wordsOf(other);
    return (
      words.length === wanted.length && words.every((word, i) => samePrefix(word, wanted[i] ?? 0, length - 16 * i))
    );
  };
}

/** Words of 16 bits: two of an IPv4 address, eight of an IPv6 one. */
function wordsOf(address: string): number[] {
  const number = parseIPv4(address);
  return number === undefined ? parseIPv6(address) : [number >>> 16, number & 0xffff];
}

function samePrefix(a: number, b: number, bits: number): boolean {
  return bits <= 0 || (a ^ b) >>> Math.max(0, 16 - bits) === 0;
}
