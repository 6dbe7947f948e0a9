import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { assertInteger, assertName } from '../../errors/validate.ts';
import { assertAddress } from '../../linux/address.ts';
import { type Numbered, type RawMessage, type RawRequest, WireError } from '../../netlink/index.ts';
import {
  AF_INET,
  AF_INET6,
  type address as addressTable,
  IFA_F,
  INFINITY_LIFE_TIME,
  type ifaddrmsg,
  scopes,
} from '../wire/address.ts';
import { flagsOf, masksOf } from '../wire/flags.ts';
import { assertFlags, assertLinkIndex } from './link.ts';

type AddressRows = (typeof addressTable)['rows'];
type AddressMembers = (typeof ifaddrmsg)['members'];

/** A flag of an address (`IFA_F_*`, include/uapi/linux/if_addr.h). */
export type AddressFlag =
  | 'SECONDARY'
  | 'NODAD'
  | 'OPTIMISTIC'
  | 'DADFAILED'
  | 'HOMEADDRESS'
  | 'DEPRECATED'
  | 'TENTATIVE'
  | 'PERMANENT'
  | 'MANAGETEMPADDR'
  | 'NOPREFIXROUTE'
  | 'MCAUTOJOIN'
  | 'STABLE_PRIVACY';

/** A flag that an address can be added with. */
export type SettableAddressFlag =
  | 'NODAD'
  | 'OPTIMISTIC'
  | 'HOMEADDRESS'
  | 'MANAGETEMPADDR'
  | 'NOPREFIXROUTE'
  | 'MCAUTOJOIN';

/** Flags to set (`true`) when an address is added. */
export type SettableAddressFlags = { readonly [Flag in SettableAddressFlag]?: boolean | undefined };

/** Flags by name: those that are set; a bit without a name here is `'#4096'`. */
export type AddressFlags = { readonly [Flag in AddressFlag | Numbered]?: boolean | undefined };

/** How far an address is valid, by the name that `ip address` has for it. */
export type Scope = 'global' | 'site' | 'link' | 'host' | 'nowhere' | Numbered;

/** An address of a link. */
export interface Address {
  /** Index of the link. */
  readonly index: number;
  /** IPv4 or IPv6. */
  readonly address: string;
  /** 0 to 32 or 128. */
  readonly prefixLength: number;
  /** The address at the other end of a point-to-point link; then the prefix is the peer's. */
  readonly peer?: string | undefined;
  /** How far the address is valid. */
  readonly scope: Scope;
  /** Its flags. */
  readonly flags: AddressFlags;
  /** The broadcast address, where an IPv4 address has one. */
  readonly broadcast?: string | undefined;
  /** The label of an IPv4 address: the link's name, unless another was given. */
  readonly label?: string | undefined;
  /** Seconds until the address is removed. Absent: never. */
  readonly validLifetime?: number | undefined;
  /** Seconds until new connections stop using the address. Absent: never. */
  readonly preferredLifetime?: number | undefined;
}

/** What identifies an address. Whatever is listed is a key as well. */
export interface AddressKey {
  /** Index of the link. */
  readonly index: number;
  /** IPv4 or IPv6. */
  readonly address: string;
  /** 0 to 32 or 128. Default: the address alone, 32 or 128. */
  readonly prefixLength?: number | undefined;
  /** The address at the other end of a point-to-point link. */
  readonly peer?: string | undefined;
}

/** An address to add. It does not expire. */
export interface AddressSpec extends AddressKey {
  /**
   * Of IPv6 alone: the kernel takes the address as the source of a new connection only where it has no other of that scope, since
   * its preferred lifetime is 0 (net/ipv6/addrconf.c, ipv6_get_saddr_eval). Default false.
   */
  readonly deprecated?: boolean | undefined;
  /** Of IPv4 alone, since the kernel derives that of an IPv6 address. Default as in `ip address add`: `host` for 127.0.0.0/8, otherwise `global`. */
  readonly scope?: Scope | undefined;
  /** Of IPv4 alone. Default none. */
  readonly broadcast?: string | undefined;
  /** Of IPv4 alone, 1 to 15 characters. Default: the link's name. */
  readonly label?: string | undefined;
  /** Default none. The kernel passes over those of IPv6 on an IPv4 address. */
  readonly flags?: SettableAddressFlags | undefined;
}

/** Which addresses to list. */
export interface AddressFilter {
  /** Index of the link. Default: all links. */
  readonly index?: number | undefined;
  /** Default: both. */
  readonly family?: 'inet' | 'inet6' | undefined;
}

const SETTABLE = [
  'NODAD',
  'OPTIMISTIC',
  'HOMEADDRESS',
  'MANAGETEMPADDR',
  'NOPREFIXROUTE',
  'MCAUTOJOIN',
] as const satisfies SettableAddressFlag[];
const KEY_PROPERTIES = ['index', 'address', 'prefixLength', 'peer'] as const satisfies (keyof AddressKey)[];
/** What else a listed address has. */
const LISTED_PROPERTIES = [
  'scope',
  'flags',
  'broadcast',
  'label',
  'validLifetime',
  'preferredLifetime',
] as const satisfies Exclude<keyof Address, keyof AddressKey>[];
const SPEC_PROPERTIES = [
  ...KEY_PROPERTIES,
  'scope',
  'broadcast',
  'label',
  'flags',
  'deprecated',
] as const satisfies (keyof AddressSpec)[];
const FILTER_PROPERTIES = ['index', 'family'] as const satisfies (keyof AddressFilter)[];

const families = { inet: AF_INET, inet6: AF_INET6 } as const;
const scopeNames = new Map<number, string>(Object.entries(scopes).map(([name, number]) => [number, name]));

/** An address as it is listed; undefined for one of another family. Throws WireError. */
export function decodeAddress({ header, attributes }: RawMessage<AddressRows, AddressMembers>): Address | undefined {
  const { ifa_family, ifa_index, ifa_prefixlen, ifa_scope, ifa_flags } = header;
  if (ifa_family !== AF_INET && ifa_family !== AF_INET6) return undefined;
  const { address, local = address, broadcast, label, cacheInfo, flags = ifa_flags } = attributes;
  if (local === undefined) throw new WireError('is missing', 'address');
  const valid = lifetime(cacheInfo?.ifa_valid);
  const preferred = lifetime(cacheInfo?.ifa_prefered);
  return {
    index: ifa_index,
    address: local,
    prefixLength: ifa_prefixlen,
    ...(address !== undefined && address !== local && { peer: address }),
    scope: (scopeNames.get(ifa_scope) ?? `#${ifa_scope}`) as Scope,
    flags: flagsOf(IFA_F, flags),
    ...(broadcast !== undefined && { broadcast }),
    ...(label !== undefined && { label }),
    ...(valid !== undefined && { validLifetime: valid }),
    ...(preferred !== undefined && { preferredLifetime: preferred }),
  };
}

function lifetime(seconds: number | undefined): number | undefined {
  return seconds === INFINITY_LIFE_TIME ? undefined : seconds;
}

/** Throws InputError. */
export function encodeAddress(spec: AddressSpec): RawRequest<AddressRows, AddressMembers> {
  const { header, attributes } = encodeKey(spec, SPEC_PROPERTIES);
  const { address, scope, broadcast, label, flags = {}, deprecated = false } = spec;
  if (header.ifa_family === AF_INET6) assertNoneOf({ scope, broadcast, label });
  if (typeof deprecated !== 'boolean') throw new InputError('must be true or false', deprecated, 'address.deprecated');
  if (deprecated && header.ifa_family === AF_INET)
    throw new InputError('is for IPv6', deprecated, 'address.deprecated');
  if (broadcast !== undefined && assertAddress('address.broadcast', broadcast) !== 'inet')
    throw new InputError('must be an IPv4 address', broadcast, 'address.broadcast');
  if (label !== undefined) assertName('address.label', label, 15);
  assertFlags('address.flags', flags, SETTABLE);
  const { set } = masksOf(IFA_F, flags);
  return {
    header: { ...header, ifa_scope: scopeNumber(scope ?? (address.startsWith('127.') ? 'host' : 'global')) },
    attributes: {
      ...attributes,
      broadcast,
      label,
      flags: set === 0 ? undefined : set,
      cacheInfo: deprecated ? { ifa_prefered: 0, ifa_valid: INFINITY_LIFE_TIME, cstamp: 0, tstamp: 0 } : undefined,
    },
  };
}

/** Throws InputError. */
export function encodeAddressKey(key: AddressKey): RawRequest<AddressRows, AddressMembers> {
  return encodeKey(key, [...KEY_PROPERTIES, ...LISTED_PROPERTIES]);
}

function encodeKey(key: AddressKey, known: readonly string[]) {
  assertKnownProperties('address', key, known);
  const { index, address, prefixLength, peer = address } = key;
  assertLinkIndex('address.index', index);
  const family = assertAddress('address.address', address);
  const longest = family === 'inet' ? 32 : 128;
  if (assertAddress('address.peer', peer) !== family)
    throw new InputError('must be of the same family as the address', peer, 'address.peer');
  const ifa_prefixlen = assertInteger('address.prefixLength', prefixLength ?? longest, 0, longest);
  return {
    header: { ifa_family: families[family], ifa_prefixlen, ifa_index: index },
    attributes: { address: peer, local: address },
  };
}

function assertNoneOf(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values))
    if (value !== undefined) throw new InputError('is for IPv4', value, `address.${name}`);
}

function scopeNumber(scope: unknown): number {
  if (typeof scope === 'string' && Object.hasOwn(scopes, scope)) return scopes[scope as keyof typeof scopes];
  const number = typeof scope === 'string' && /^#\d{1,3}$/.test(scope) ? Number(scope.slice(1)) : Infinity;
  if (number > 255)
    throw new InputError(
      `must be one of ${Object.keys(scopes).join(', ')}, or '#' and a number up to 255`,
      scope,
      'address.scope',
    );
  return number;
}

/** The family to ask for, and whether an address passes. Throws InputError. */
export function encodeFilter(filter: AddressFilter): {
  readonly family: number;
  readonly passes: (address: Address | undefined) => address is Address;
} {
  assertKnownProperties('filter', filter, FILTER_PROPERTIES);
  const { index, family } = filter;
  if (index !== undefined) assertLinkIndex('filter.index', index);
  if (family !== undefined && !Object.hasOwn(families, family))
    throw new InputError('must be inet or inet6', family, 'filter.family');
  return {
    family: family === undefined ? 0 : families[family],
    passes: (address): address is Address => address !== undefined && (index === undefined || address.index === index),
  };
}
