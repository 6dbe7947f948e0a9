import { InputError } from '../../errors/input-error.ts';
import { IFA_F, scopes } from '../../rtnetlink/wire/address.ts';
import { IFF } from '../../rtnetlink/wire/link.ts';
import { AF_INET, AF_INET6, addressBytes } from '../servers/address.ts';
import { type LinkAddress, type LinkState, NetworkLink } from './network-link.ts';

/** A network interface of a fake kernel. */
export interface Link {
  /** Default 1500. */
  readonly mtu?: number | undefined;
  /** Default true. */
  readonly up?: boolean | undefined;
  /** Addresses with their prefix lengths: `'192.0.2.1/24'`, `'2001:db8::1/64'`. Default none. */
  readonly addresses?: readonly string[] | undefined;
}

/** Network interfaces by name. */
export type Links = Readonly<Record<string, Link>>;

export const defaultLinks: Links = {
  lo: { mtu: 65536, addresses: ['127.0.0.1/8', '::1/128'] },
  d0: { addresses: ['192.0.2.1/24', '2001:db8::1/64'] },
  d1: { up: false },
};

/** The default of links that are no loopback. */
const ETHERNET_MTU = 1500;

/** `IFAPROT_KERNEL_LO` and `IFAPROT_KERNEL_LL`, include/uapi/linux/if_addr.h. */
const KERNEL_LO = 1;
const KERNEL_LL = 3;

/** Observable differences between kernel versions in links and addresses. */
export interface NetworkTraits {
  /** Up to 5.13 the first address of a network is a broadcast address too (net/ipv4/fib_frontend.c, fib_add_ifaddr). */
  readonly networkIsBroadcast: boolean;
  /** Since 5.18 an address knows who added it (IFA_PROTO). */
  readonly addressProtocols: boolean;
  /** 6.12 says in words why it refuses an address, 6.1 does not (net/ipv4/devinet.c, net/ipv6/addrconf.c). */
  readonly addressMessages: boolean;
}

/** The links and addresses of a network namespace. */
export class Network {
  readonly traits: NetworkTraits;
  readonly #links = new Map<string, NetworkLink>();
  readonly #byIndex = new Map<number, NetworkLink>();
  #lastIndex = 0;
  /** Counts changes of links and addresses (`inet_base_seq`, net/core/dev_addr_lists.c). */
  generation = 0;
  /** How many links that are up have an address, by its bytes in hexadecimal. */
  readonly #own = new Counts();
  /** The same of the IPv4 addresses to which the kernel has broadcast routes (net/ipv4/fib_frontend.c, fib_add_ifaddr). */
  readonly #broadcast = new Counts();
  /** True once there was an IPv4 address, even of a link that is down (net/ipv4/fib_frontend.c, fib_magic). */
  #localTable = false;

  constructor(links: Links, traits: NetworkTraits) {
    this.traits = traits;
    for (const [name, { mtu = ETHERNET_MTU, up = true, addresses = [] }] of Object.entries(links)) {
      const flags = name === 'lo' ? IFF.LOOPBACK : IFF.BROADCAST | IFF.NOARP;
      const kind = name === 'lo' ? undefined : 'dummy';
      const link = this.addLink({ name, kind, mtu, flags: flags | (up ? IFF.UP : 0), address: undefined });
      for (const address of addresses) this.addAddress(link, this.#configured(name, address));
    }
  }

  /** The links, by index. */
  get links(): readonly NetworkLink[] {
    return [...this.#byIndex.values()];
  }

  /** A link by its name or index. */
  link(key: string | number): NetworkLink | undefined {
    return typeof key === 'string' ? this.#links.get(key) : this.#byIndex.get(key);
  }

  /** Adds a link with the next index. IPv6 gives one that is up a link-local address (net/ipv6/addrconf.c, addrconf_addr_gen). */
  addLink(given: Omit<LinkState, 'index' | 'address'> & { readonly address: Buffer | undefined }): NetworkLink {
    const index = ++this.#lastIndex;
    const loopback = (given.flags & IFF.LOOPBACK) !== 0;
    const address = given.address ?? Buffer.from(loopback ? [0, 0, 0, 0, 0, 0] : [2, 0, 0, 0, index >> 8, index]);
    const link = new NetworkLink({ ...given, index, address });
    this.#links.set(given.name, link);
    this.#byIndex.set(index, link);
    this.generation++;
    // A loopback interface that comes up has 127.0.0.1 at once (net/ipv4/devinet.c, inetdev_event).
    if (link.up && link.loopback) this.#localTable = true;
    if (link.up && !link.loopback) this.addAddress(link, this.#linkLocal(address));
    return link;
  }

  /** Removes a link with its addresses. */
  removeLink(link: NetworkLink): void {
    for (const address of [...link.addresses.inet, ...link.addresses.inet6]) this.#forget(link, address);
    this.#links.delete(link.state.name);
    this.#byIndex.delete(link.state.index);
    this.generation++;
  }

  /** Adds an address that a link does not have. */
  addAddress(link: NetworkLink, address: LinkAddress): void {
    const added = link.add(address);
    this.generation++;
    if (added.family === AF_INET) this.#localTable = true;
    if (!link.up) return;
    this.#own.add(added.local.toString('hex'));
    for (const broadcast of this.#broadcastsOf(added)) this.#broadcast.add(broadcast);
  }

  /** Removes an address of a link; false if there is none that matches. */
  removeAddress(link: NetworkLink, family: number, matches: (address: LinkAddress) => boolean): boolean {
    const gone = link.remove(family, matches);
    for (const address of gone) this.#forget(link, address);
    if (gone.length > 0) this.generation++;
    return gone.length > 0;
  }

  #forget(link: NetworkLink, address: LinkAddress): void {
    if (!link.up) return;
    this.#own.remove(address.local.toString('hex'));
    for (const broadcast of this.#broadcastsOf(address)) this.#broadcast.remove(broadcast);
  }

  /** The MTU of a link; undefined when there is none of the name. */
  mtu(name: string): number | undefined {
    return this.#links.get(name)?.state.mtu;
  }

  /**
   * The errno of connecting a socket on a link to a multicast group (ip_vs_sync.c, make_send_sock); undefined if it succeeds.
   * The link must be up, and the loopback interface has no route to IPv6 groups. Routing of IPv6 starts with the first link
   * that is up; before, there is not even an address to send from.
   */
  unreachable(name: string, group: Uint8Array): 'ENETUNREACH' | 'EADDRNOTAVAIL' | undefined {
    const up = this.#links.get(name)?.up ?? true;
    if (up && (name !== 'lo' || group.length === 4)) return undefined;
    return group.length === 16 && !this.#anyUp ? 'EADDRNOTAVAIL' : 'ENETUNREACH';
  }

  get #anyUp(): boolean {
    for (const { up } of this.#byIndex.values()) if (up) return true;
    return false;
  }

  /** True if a new destination may have this address (ip_vs_ctl.c, ip_vs_new_dest). */
  accepts(family: number, address: Buffer): boolean {
    return family === AF_INET6 ? this.#accepts6(address) : this.#accepts4(address.subarray(0, 4));
  }

  /** True for a local or unicast address, of which there is none without the local routing table (`inet_addr_type`). */
  #accepts4(address: Buffer): boolean {
    const [first = 0] = address;
    const number = address.readUInt32BE();
    if (number === 0 || number === 0xffffffff || (first >= 224 && first <= 239)) return false;
    return this.#localTable && !this.#broadcast.has(address.toString('hex'));
  }

  /** True for a unicast address that is not link-local (`ipv6_addr_type`), and for every address of this machine. */
  #accepts6(address: Buffer): boolean {
    if (this.#own.has(address.toString('hex'))) return true;
    const multicast = address[0] === 0xff;
    const linkLocal = address.readUInt16BE() >> 6 === 0xfe80 >> 6;
    const unspecified = address.every((byte) => byte === 0);
    const mapped = address.subarray(0, 12).toString('hex') === '00000000000000000000ffff';
    return !(multicast || linkLocal || unspecified || mapped);
  }

  /** An address that a fake kernel is made with. Throws InputError. */
  #configured(link: string, text: string): LinkAddress {
    const path = `links.${link}.addresses`;
    const [, host = '', length = ''] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
    if (!host) throw new InputError("must be an address and a prefix length, like '192.0.2.1/24'", text, path);
    const local = addressBytes(host);
    const loopback = host === '::1' || host.startsWith('127.');
    return {
      family: local.length === 16 ? AF_INET6 : AF_INET,
      local,
      peer: local,
      prefixLength: Number(length),
      scope: loopback ? scopes.host : scopes.global,
      flags: IFA_F.PERMANENT,
      ...(local.length === 4 && { label: link }),
      ...(loopback && this.traits.addressProtocols && { protocol: KERNEL_LO }),
    };
  }

  /** The address that IPv6 makes of a link's own (RFC 4291, modified EUI-64). */
  #linkLocal(address: Buffer): LinkAddress {
    const [first = 0] = address;
    const local = Buffer.concat([
      Buffer.from('fe80000000000000', 'hex'),
      Buffer.from([first ^ 2]),
      address.subarray(1, 3),
      Buffer.from('fffe', 'hex'),
      address.subarray(3, 6),
    ]);
    const protocol = this.traits.addressProtocols ? { protocol: KERNEL_LL } : {};
    const common = { prefixLength: 64, scope: scopes.link, flags: IFA_F.PERMANENT, ...protocol };
    return { family: AF_INET6, local, peer: local, ...common };
  }

  /** The one that was given and that of the network, in hexadecimal (net/ipv4/fib_frontend.c, fib_add_ifaddr). */
  #broadcastsOf({ family, peer, prefixLength, broadcast }: LinkAddress): string[] {
    if (family === AF_INET6) return [];
    const given = broadcast?.readUInt32BE() ?? 0;
    const hosts = 0xffff_ffff >>> prefixLength;
    const network = (peer.readUInt32BE() & ~hosts) >>> 0;
    const found = given === 0 || given === 0xffff_ffff ? [] : [given];
    if (network !== 0 && prefixLength < 31)
      found.push((network | hosts) >>> 0, ...(this.traits.networkIsBroadcast ? [network] : []));
    return found.map(hexadecimal);
  }
}

/** A multiset of texts. */
class Counts {
  readonly #counts = new Map<string, number>();

  has(text: string): boolean {
    return this.#counts.has(text);
  }

  add(text: string): void {
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + 1);
  }

  remove(text: string): void {
    const count = this.#counts.get(text) ?? 0;
    if (count > 1) this.#counts.set(text, count - 1);
    else this.#counts.delete(text);
  }
}

function hexadecimal(address: number): string {
  return address.toString(16).padStart(8, '0');
}
