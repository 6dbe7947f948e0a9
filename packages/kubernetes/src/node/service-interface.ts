import { InputError } from 'ipvs';
import { type Address, type Rtnetlink, RtnetlinkError } from 'ipvs/rtnetlink';
import type { AddressBinder } from '../agent/node-plane.ts';
import { familyOf, isConfined } from '../objects/address.ts';

/** Addresses added or removed at once, so that what is kept for each is soon garbage. */
const BATCH = 1000;

/** The link on which kube-proxy's IPVS mode binds the addresses of Services (pkg/proxy/ipvs/proxier.go); it outlives kube-proxy. */
const KUBE_PROXY_LINK = 'kube-ipvs0';

/**
 * The dummy link that holds the addresses of Services. It stays down: an address of a link that is down has a route of type
 * `local` all the same, and that is what leads packets to IPVS. Nothing else may be on it, since what is on it is the agent's.
 */
export class ServiceInterface implements AddressBinder {
  readonly #rtnetlink: Rtnetlink;
  readonly #name: string;

  /** @param name of the link, 1 to 15 characters */
  constructor(rtnetlink: Rtnetlink, name: string) {
    this.#rtnetlink = rtnetlink;
    this.#name = name;
  }

  /** Throws InputError for a link that is no dummy: its addresses are somebody else's. One that is not there is made later. */
  async check(): Promise<void> {
    const link = await this.#rtnetlink.link(this.#name);
    if (link && link.kind !== 'dummy')
      throw new InputError('must be the name of a dummy link, or of none', this.#name, 'link');
  }

  async list(signal?: AbortSignal): Promise<readonly string[]> {
    const addresses = await this.#rtnetlink.addresses({ index: await this.#index(signal) }, { signal });
    return addresses.filter(isServiceAddress).map(({ address }) => address);
  }

  /**
   * The addresses of all interfaces but this one and kube-proxy's, which hold those of Services and not of the node. An address
   * that is on another one as well is one of them.
   */
  async others(signal?: AbortSignal): Promise<string[]> {
    const links = [this.#name, KUBE_PROXY_LINK].map((name) => this.#rtnetlink.link(name, { signal }));
    const indexes = new Set((await Promise.all(links)).map((link) => link?.index));
    const addresses = await this.#rtnetlink.addresses({}, { signal });
    return [...new Set(addresses.filter(({ index }) => !indexes.has(index)).map(({ address }) => address))];
  }

  bind(addresses: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, unknown>> {
    return this.#change(addresses, 'address-exists', signal, (index, address) => {
      const isInet6 = familyOf(address) === 'inet6';
      // An address that is not checked for duplicates is usable at once, and one that is deprecated is not chosen as the source
      // of connections, or for masquerading, where the interface that they leave by has no global address.
      const spec = { index, address, flags: { NODAD: isInet6 }, deprecated: isInet6 };
      return this.#rtnetlink.addAddress(spec, { signal });
    });
  }

  unbind(addresses: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, unknown>> {
    return this.#change(addresses, 'no-such-address', signal, (index, address) =>
      this.#rtnetlink.removeAddress({ index, address }, { signal }),
    );
  }

  /** Removes the link with all of its addresses, where there is one. */
  async remove(signal?: AbortSignal): Promise<void> {
    await unless('no-such-link', this.#rtnetlink.removeLink(this.#name, { signal }));
  }

  async #change(
    addresses: readonly string[],
    settled: RtnetlinkError['reason'],
    signal: AbortSignal | undefined,
    change: (index: number, address: string) => Promise<void>,
  ): Promise<ReadonlyMap<string, unknown>> {
    const refused = new Map<string, unknown>();
    if (addresses.length === 0) return refused;
    const index = await this.#index(signal);
    for (let from = 0; from < addresses.length; from += BATCH) {
      const some = addresses.slice(from, from + BATCH);
      const results = await Promise.allSettled(some.map((address) => unless(settled, change(index, address))));
      for (const [i, result] of results.entries())
        if (result.status === 'rejected') refused.set(some[i] as string, result.reason);
      if (signal?.aborted) throw signal.reason;
    }
    return refused;
  }

  /** Index of the link, which is made where there is none. */
  async #index(signal: AbortSignal | undefined): Promise<number> {
    const link = await this.#rtnetlink.link(this.#name, { signal });
    if (link) return link.index;
    await unless('link-exists', this.#rtnetlink.addLink({ name: this.#name, kind: 'dummy' }, { signal }));
    return this.#index(signal);
  }
}

/** One that the agent has bound; the kernel gives IPv6 links an address of their own. */
function isServiceAddress({ address, prefixLength }: Address): boolean {
  return !isConfined(address) && prefixLength === (familyOf(address) === 'inet' ? 32 : 128);
}

/** Takes a refusal for success: what was to be done is done already. */
async function unless(reason: RtnetlinkError['reason'], done: Promise<void>): Promise<void> {
  try {
    await done;
  } catch (error) {
    if (!(error instanceof RtnetlinkError && error.reason === reason)) throw error;
  }
}
