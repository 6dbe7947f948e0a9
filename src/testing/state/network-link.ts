import { IFA_F, scopes } from '../../rtnetlink/wire/address.ts';
import { IFF } from '../../rtnetlink/wire/link.ts';
import { AF_INET6 } from '../servers/address.ts';

/** An address of a link (`struct in_ifaddr`, `struct inet6_ifaddr`). */
export interface LinkAddress {
  readonly family: number;
  readonly local: Buffer;
  /** The other end's, or the same. */
  readonly peer: Buffer;
  readonly prefixLength: number;
  /** `RT_SCOPE_*`. */
  readonly scope: number;
  /** `IFA_F_*`. */
  readonly flags: number;
  /** Seconds until it is deprecated; default never. The time does not pass. */
  readonly preferredLifetime?: number | undefined;
  readonly broadcast?: Buffer | undefined;
  readonly label?: string | undefined;
  readonly metric?: number | undefined;
  /** `IFAPROT_*`: who added it. */
  readonly protocol?: number | undefined;
}

/** What a link is made of. */
export interface LinkState {
  readonly index: number;
  readonly name: string;
  /** The kind that it was created as; undefined for `lo`. */
  readonly kind: string | undefined;
  readonly mtu: number;
  /** `IFF_*`, without those that follow from others. */
  readonly flags: number;
  readonly address: Buffer;
}

/** A network interface (`struct net_device`) with its addresses. */
export class NetworkLink {
  readonly state: LinkState;
  /** Its addresses in the order in which they are listed. */
  readonly addresses: { readonly inet: LinkAddress[]; readonly inet6: LinkAddress[] } = { inet: [], inet6: [] };
  /** The IPv4 addresses of each prefix. */
  readonly #prefixes = new Map<string, LinkAddress[]>();
  readonly #inet6 = new Map<string, LinkAddress>();

  constructor(state: LinkState) {
    this.state = state;
  }

  get up(): boolean {
    return (this.state.flags & IFF.UP) !== 0;
  }

  /** True if a new IPv6 address is not tentative: none is looked for, or looking for another of it is over (addrconf_dad_begin). */
  get skipsDad(): boolean {
    return this.up || (this.state.flags & (IFF.NOARP | IFF.LOOPBACK)) !== 0;
  }

  get loopback(): boolean {
    return (this.state.flags & IFF.LOOPBACK) !== 0;
  }

  /** Adds an address that it does not have; returns it as it is listed. */
  add(address: LinkAddress): LinkAddress {
    return address.family === AF_INET6 ? this.#add6(address) : this.#add4(address);
  }

  /** True if the link has this address (net/ipv4/devinet.c, find_matching_ifa; net/ipv6/addrconf.c, ipv6_get_ifaddr). */
  has({ family, ...address }: Pick<LinkAddress, 'family' | 'local' | 'peer' | 'prefixLength'>): boolean {
    if (family === AF_INET6) return this.#inet6.has(address.local.toString('hex'));
    return (this.#prefixes.get(prefixOf(address)) ?? []).some(({ local }) => local.equals(address.local));
  }

  /** True if the link has an IPv4 address of the same prefix with another scope. */
  hasOtherScope(address: LinkAddress): boolean {
    return (this.#prefixes.get(prefixOf(address)) ?? []).some(({ scope }) => scope !== address.scope);
  }

  /** Removes an address; returns it and those that go with it, none if there is no such address. */
  remove(family: number, matches: (address: LinkAddress) => boolean): LinkAddress[] {
    return family === AF_INET6 ? this.#remove6(matches) : this.#remove4(matches);
  }

  /** net/ipv4/devinet.c, __inet_insert_ifa: primary addresses first, each scope behind the narrower ones; secondary ones last. */
  #add4(given: LinkAddress): LinkAddress {
    const prefix = prefixOf(given);
    const siblings = this.#prefixes.get(prefix) ?? [];
    const secondary = siblings.length > 0;
    const address = { ...given, flags: given.flags | (secondary ? IFA_F.SECONDARY : 0) };
    this.#prefixes.set(prefix, [...siblings, address]);
    const list = this.addresses.inet;
    const behind = list.findLastIndex(({ scope, flags }) => !(flags & IFA_F.SECONDARY) && address.scope <= scope);
    list.splice(secondary ? list.length : behind + 1, 0, address);
    return address;
  }

  /** net/ipv6/addrconf.c, ipv6_link_dev_addr: the widest scope first, and the newest of each. */
  #add6(address: LinkAddress): LinkAddress {
    const list = this.addresses.inet6;
    const before = list.findIndex((each) => sourceScope(address) >= sourceScope(each));
    list.splice(before < 0 ? list.length : before, 0, address);
    this.#inet6.set(address.local.toString('hex'), address);
    return address;
  }

  /** The secondary addresses of a prefix go with its primary one (net/ipv4/devinet.c, __inet_del_ifa). */
  #remove4(matches: (address: LinkAddress) => boolean): LinkAddress[] {
    const found = this.addresses.inet.find(matches);
    if (!found) return [];
    const prefix = prefixOf(found);
    const siblings = this.#prefixes.get(prefix) ?? [];
    const gone = found.flags & IFA_F.SECONDARY ? [found] : siblings;
    const left = siblings.filter((each) => !gone.includes(each));
    if (left.length > 0) this.#prefixes.set(prefix, left);
    else this.#prefixes.delete(prefix);
    for (const each of gone) this.addresses.inet.splice(this.addresses.inet.indexOf(each), 1);
    return gone;
  }

  #remove6(matches: (address: LinkAddress) => boolean): LinkAddress[] {
    const index = this.addresses.inet6.findIndex(matches);
    if (index < 0) return [];
    const gone = this.addresses.inet6.splice(index, 1);
    for (const { local } of gone) this.#inet6.delete(local.toString('hex'));
    return gone;
  }
}

/** Identity of the prefix that an IPv4 address belongs to: two addresses of one prefix match in all of its bits. */
export function prefixOf({ peer, prefixLength }: Pick<LinkAddress, 'peer' | 'prefixLength'>): string {
  const network = prefixLength === 0 ? 0 : (peer.readUInt32BE() & (0xffff_ffff << (32 - prefixLength))) >>> 0;
  return `${network}/${prefixLength}`;
}

/** The wider a scope, the larger (net/ipv6/addrconf_core.c, __ipv6_addr_type; IPV6_ADDR_SCOPE_*). */
function sourceScope({ scope }: LinkAddress): number {
  return { [scopes.host]: 1, [scopes.link]: 2, [scopes.site]: 5 }[scope] ?? 0xe;
}
