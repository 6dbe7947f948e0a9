import { bytes } from '../../netlink/codec/bytes.ts';
import { NLM_F_EXCL } from '../../netlink/codec/constants.ts';
import { structOf, text, u8, u32, type WriteBuffer } from '../../netlink/index.ts';
import { writeHeader } from '../../netlink/raw/header.ts';
import {
  AF_INET6,
  AF_UNSPEC,
  address as addressTable,
  IFA_F,
  INFINITY_LIFE_TIME,
  ifa_cacheinfo,
  ifaddrmsg,
  scopes,
} from '../../rtnetlink/wire/address.ts';
import { commands } from '../../rtnetlink/wire/commands.ts';
import { binary, integer, nulString, unspecified } from '../netlink/attribute-policy.ts';
import { type Attribute, type Attributes, policy } from '../netlink/attributes.ts';
import type { MessageListing } from '../netlink/protocol.ts';
import { Refused } from '../netlink/refused.ts';
import { put } from '../netlink/reply.ts';
import type { Request } from '../netlink/request.ts';
import type { Network } from '../state/network.ts';
import { type LinkAddress, type NetworkLink, prefixOf } from '../state/network-link.ts';

const NLM_F_REPLACE = 0x100;

/** `ifa_ipv4_policy`, net/ipv4/devinet.c. */
const inetPolicy = policy(addressTable, {
  local: integer(4),
  address: integer(4),
  broadcast: integer(4),
  label: nulString(15),
  cacheInfo: unspecified(ifa_cacheinfo.size),
  flags: integer(4),
  metric: integer(4),
  protocol: integer(1),
});

/** `ifa_ipv6_policy`, net/ipv6/addrconf.c. */
const inet6Policy = policy(addressTable, {
  address: binary(16),
  local: binary(16),
  cacheInfo: unspecified(ifa_cacheinfo.size),
  flags: integer(4),
  metric: integer(4),
  protocol: integer(1),
});

/** The flags that IPv4 does not have (net/ipv4/devinet.c, IPV6ONLY_FLAGS). */
const IPV6ONLY_FLAGS =
  IFA_F.NODAD |
  IFA_F.OPTIMISTIC |
  IFA_F.DADFAILED |
  IFA_F.HOMEADDRESS |
  IFA_F.TENTATIVE |
  IFA_F.MANAGETEMPADDR |
  IFA_F.STABLE_PRIVACY;

/** The flags that an IPv6 address can be added with (net/ipv6/addrconf.c, inet6_rtm_newaddr). */
const INET6_FLAGS = IFA_F.NODAD | IFA_F.HOMEADDRESS | IFA_F.MANAGETEMPADDR | IFA_F.NOPREFIXROUTE | IFA_F.MCAUTOJOIN;

const forever = { ifa_prefered: INFINITY_LIFE_TIME, ifa_valid: INFINITY_LIFE_TIME, cstamp: 0, tstamp: 0 };

type AddressAttributes = Attributes<keyof (typeof addressTable)['rows'] & string>;

/** Adds an address. Throws Refused. */
export function newAddress(network: Network, request: Request): undefined {
  const six = request.header(ifaddrmsg).ifa_family === AF_INET6;
  const [link, address] = six ? newAddress6(network, request) : newAddress4(network, request);
  // To replace one changes its lifetimes, which the addresses here do not have.
  if (!link.has(address)) {
    if (!six && link.hasOtherScope(address)) throw refuse(network, request, 'EINVAL', 'ipv4: Invalid scope value');
    network.addAddress(link, address);
  } else if (request.has(NLM_F_EXCL) || !request.has(NLM_F_REPLACE)) {
    throw refuse(network, request, 'EEXIST', six ? 'ipv6: address already assigned' : 'ipv4: Address already assigned');
  }
  return undefined;
}

/** net/ipv4/devinet.c, rtm_to_ifaddr. Throws Refused. */
function newAddress4(network: Network, request: Request): [NetworkLink, LinkAddress] {
  const {
    ifa_family: family,
    ifa_prefixlen: prefixLength,
    ifa_index,
    ifa_scope: scope,
    ifa_flags,
  } = request.header(ifaddrmsg);
  const { local, address = local, broadcast, label, flags, metric, protocol } = request.parse(inetPolicy);
  if (prefixLength > 32) throw refuse(network, request, 'EINVAL', 'ipv4: Invalid prefix length');
  if (!local || !address) throw refuse(network, request, 'EINVAL', 'ipv4: Local address is not supplied');
  const link = network.link(ifa_index);
  if (!link) throw refuse(network, request, 'ENODEV', 'ipv4: Device not found');
  const given: LinkAddress = {
    family,
    local: local.bytes(4),
    peer: address.bytes(4),
    prefixLength,
    scope,
    flags: ((flags?.u32() ?? ifa_flags) & ~IPV6ONLY_FLAGS & ~IFA_F.SECONDARY) | IFA_F.PERMANENT,
    broadcast: broadcast?.bytes(4),
    label: label?.text() ?? link.state.name,
    metric: metric?.u32(),
    protocol: protocol?.u8(),
  };
  return [link, given];
}

/** net/ipv6/addrconf.c, inet6_rtm_newaddr and ipv6_add_addr. Throws Refused. */
function newAddress6(network: Network, request: Request): [NetworkLink, LinkAddress] {
  const { ifa_family: family, ifa_prefixlen: prefixLength, ifa_index, ifa_flags } = request.header(ifaddrmsg);
  const attributes: AddressAttributes = request.parse(inet6Policy);
  const local = attributes.local ?? attributes.address;
  if (!local) throw new Refused('EINVAL');
  const link = network.link(ifa_index);
  if (!link) throw refuse(network, request, 'ENODEV', 'ipv6: Unable to find the interface');
  const own = local.bytes(16);
  const peer = (attributes.address ?? local).bytes(16);
  const flags = (attributes.flags?.u32() ?? ifa_flags) & INET6_FLAGS;
  const { ifa_prefered: preferredLifetime } = lifetimesOf(attributes.cacheInfo);
  const deprecated = preferredLifetime === 0 ? IFA_F.DEPRECATED : 0;
  const tentative = link.skipsDad || flags & IFA_F.NODAD ? 0 : IFA_F.TENTATIVE;
  const address: LinkAddress = {
    family,
    local: own,
    peer,
    prefixLength,
    scope: scope6(own),
    flags: flags | IFA_F.PERMANENT | tentative | deprecated,
    preferredLifetime,
    metric: attributes.metric?.u32(),
    protocol: attributes.protocol?.u8(),
  };
  if (link.has(address)) return [link, address];
  if (prefixLength > 128) throw refuse(network, request, 'EINVAL', 'ipv6: Invalid prefix length');
  const impossible = impossible6(own, flags, link);
  if (impossible) throw refuse(network, request, 'EADDRNOTAVAIL', `ipv6: ${impossible}`);
  return [link, address];
}

function lifetimesOf(given: Attribute | undefined) {
  return given ? structOf(ifa_cacheinfo).read(given.from, given.at, given.length, {}) : forever;
}

/** Why a link cannot have an address; undefined if it can. */
function impossible6(address: Buffer, flags: number, link: NetworkLink): string | undefined {
  if (address.every((byte) => byte === 0)) return 'Invalid address';
  if (address[0] === 0xff && !(flags & IFA_F.MCAUTOJOIN))
    return 'Cannot assign multicast address without "IFA_F_MCAUTOJOIN" flag';
  if (isLoopback(address) && !link.loopback) return 'Cannot assign loopback address on this device';
  return undefined;
}

/** The scope that follows from an IPv6 address (net/ipv6/addrconf.c, rt_scope). */
function scope6(address: Buffer): number {
  const first = address.readUInt16BE();
  if (isLoopback(address)) return scopes.host;
  if (first >> 6 === 0xfe80 >> 6) return scopes.link;
  return first >> 6 === 0xfec0 >> 6 ? scopes.site : scopes.global;
}

function isLoopback(address: Buffer): boolean {
  return address.subarray(0, 15).every((byte) => byte === 0) && address[15] === 1;
}

/** Removes an address. Throws Refused. */
export function delAddress(network: Network, request: Request): undefined {
  const { ifa_family: family, ifa_prefixlen: prefixLength, ifa_index } = request.header(ifaddrmsg);
  const six = family === AF_INET6;
  const size = six ? 16 : 4;
  const attributes: AddressAttributes = request.parse(six ? inet6Policy : inetPolicy);
  const [local, peer] = [attributes.local?.bytes(size), attributes.address?.bytes(size)];
  if (six && !local && !peer) throw new Refused('EINVAL');
  const link = network.link(ifa_index);
  if (!link)
    throw refuse(network, request, 'ENODEV', six ? 'ipv6: Unable to find the interface' : 'ipv4: Device not found');
  const label = attributes.label?.text();
  const matches = (each: LinkAddress) => {
    if (six) return each.prefixLength === prefixLength && each.local.equals(local ?? peer ?? each.peer);
    if (local && !each.local.equals(local)) return false;
    if (label !== undefined && each.label !== label) return false;
    return !peer || (each.prefixLength === prefixLength && prefixOf({ peer, prefixLength }) === prefixOf(each));
  };
  if (!network.removeAddress(link, family, matches))
    throw refuse(network, request, 'EADDRNOTAVAIL', six ? 'ipv6: address not found' : 'ipv4: Address not found');
  return undefined;
}

function refuse({ traits }: Network, request: Request, code: string, message: string): Refused {
  if (traits.addressMessages) request.ack.message = message;
  return new Refused(code);
}

interface Listed {
  readonly link: NetworkLink;
  readonly address: LinkAddress;
}

/** net/core/rtnetlink.c, rtnl_dump_all: one family after the other, each by link. */
export function listAddresses({ links, generation }: Network, request: Request): MessageListing {
  const { ifa_family } = request.header(ifaddrmsg);
  const wanted = (family: 'inet' | 'inet6'): Listed[] =>
    links.flatMap((link) => link.addresses[family].map((address) => ({ link, address })));
  const entries =
    ifa_family === AF_INET6
      ? wanted('inet6')
      : [...wanted('inet'), ...(ifa_family === AF_UNSPEC ? wanted('inet6') : [])];
  const fill = (to: WriteBuffer, entry: unknown) => fillAddress(to, entry as Listed);
  return { type: commands.getAddress.replyType, entries, fill, generation };
}

/** net/ipv4/devinet.c, inet_fill_ifaddr; net/ipv6/addrconf.c, inet6_fill_ifaddr. */
function fillAddress(to: WriteBuffer, { link, address }: Listed): void {
  const { rows } = addressTable;
  const { family, local, peer, prefixLength, scope, flags, broadcast, label, metric, protocol } = address;
  const { preferredLifetime = INFINITY_LIFE_TIME } = address;
  const six = family === AF_INET6;
  writeHeader(ifaddrmsg, to, to.reserve(ifaddrmsg.size), {
    ifa_family: family,
    ifa_prefixlen: prefixLength,
    ifa_flags: flags & 0xff,
    ifa_scope: scope,
    ifa_index: link.state.index,
  });
  const lifetimes = { ...forever, ifa_prefered: preferredLifetime };
  const putCacheInfo = () => put(to, rows.cacheInfo, structOf(ifa_cacheinfo), lifetimes);
  const putProtocol = () => protocol !== undefined && put(to, rows.protocol, u8, protocol);
  const putMetric = () => metric !== undefined && put(to, rows.metric, u32, metric);
  if (six) {
    if (!peer.equals(local)) put(to, rows.local, bytes, local);
    put(to, rows.address, bytes, peer);
    putMetric();
    putCacheInfo();
    put(to, rows.flags, u32, flags);
    putProtocol();
    return;
  }
  put(to, rows.address, bytes, peer);
  put(to, rows.local, bytes, local);
  if (broadcast) put(to, rows.broadcast, bytes, broadcast);
  if (label !== undefined) put(to, rows.label, text(15), label);
  putProtocol();
  put(to, rows.flags, u32, flags);
  putMetric();
  putCacheInfo();
}
