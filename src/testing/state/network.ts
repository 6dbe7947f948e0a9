import { InputError } from '../../errors/input-error.ts';
import { AF_INET6, addressBytes } from './address.ts';

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

/** The part of a network namespace that IPVS asks about. */
export class Network {
  readonly #links: Links;
  readonly #networkIsBroadcast: boolean;
  readonly #own = new Set<string>();
  /** IPv4 addresses to which the kernel has broadcast routes (net/ipv4/fib_frontend.c, fib_add_ifaddr), in hexadecimal. */
  readonly #broadcast = new Set<string>();

  /** @param networkIsBroadcast whether the first address of a network is a broadcast address as well */
  constructor(links: Links, networkIsBroadcast: boolean) {
    this.#links = links;
    this.#networkIsBroadcast = networkIsBroadcast;
    for (const [name, { up = true, addresses = [] }] of Object.entries(links))
      for (const address of addresses) if (up) this.#add(name, address);
  }

  /** The MTU of a link; undefined when there is none of the name. */
  mtu(name: string): number | undefined {
    return Object.hasOwn(this.#links, name) ? (this.#links[name]?.mtu ?? 1500) : undefined;
  }

  /**
   * The errno of connecting a socket on a link to a multicast group (ip_vs_sync.c, make_send_sock); undefined if it succeeds.
   * The link must be up, and the loopback interface has no route to IPv6 groups. Routing of IPv6 starts with the first link
   * that is up; before, there is not even an address to send from.
   */
  unreachable(link: string, group: Uint8Array): 'ENETUNREACH' | 'EADDRNOTAVAIL' | undefined {
    const { up = true } = this.#links[link] ?? {};
    if (up && (link !== 'lo' || group.length === 4)) return undefined;
    return group.length === 16 && !this.#anyUp ? 'EADDRNOTAVAIL' : 'ENETUNREACH';
  }

  get #anyUp(): boolean {
    return Object.values(this.#links).some(({ up = true }) => up);
  }

  /** True if a new destination may have this address (ip_vs_ctl.c, ip_vs_new_dest). */
  accepts(family: number, address: Buffer): boolean {
    return family === AF_INET6 ? this.#accepts6(address) : this.#accepts4(address.subarray(0, 4));
  }

  /** True for a local or unicast address (`inet_addr_type`). The kernel asks the local routing table, which comes with the first link. */
  #accepts4(address: Buffer): boolean {
    const [first = 0] = address;
    const number = address.readUInt32BE();
    if (number === 0 || number === 0xffffffff || (first >= 224 && first <= 239)) return false;
    return this.#anyUp && !this.#broadcast.has(address.toString('hex'));
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

  #add(link: string, text: string): void {
    const path = `links.${link}.addresses`;
    const [, host = '', length = ''] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
    if (!host) throw new InputError("must be an address and a prefix length, like '192.0.2.1/24'", text, path);
    const address = addressBytes(host);
    this.#own.add(address.toString('hex'));
    if (address.length === 16 || Number(length) > 30) return;
    const hosts = 0xffffffff >>> Number(length);
    const own = address.readUInt32BE();
    this.#broadcast.add(hexadecimal((own | hosts) >>> 0));
    if (this.#networkIsBroadcast) this.#broadcast.add(hexadecimal((own & ~hosts) >>> 0));
  }
}

function hexadecimal(address: number): string {
  return address.toString(16).padStart(8, '0');
}
