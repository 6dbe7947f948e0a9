import type { InputError } from '../errors/input-error.ts';
import type { TransportError } from '../errors/transport-error.ts';
import { type OpenOptions, validateOpenOptions } from '../linux/open-options.ts';
import { type OperationOptions, validateOptions } from '../linux/operation-options.ts';
import { linuxKernel, RawFamily, Socket } from '../netlink/index.ts';
import { addressErrors, linkErrors } from './errors/describe-request.ts';
import { RtnetlinkError } from './errors/rtnetlink-error.ts';
import {
  type Address,
  type AddressFilter,
  type AddressKey,
  type AddressSpec,
  decodeAddress,
  encodeAddress,
  encodeAddressKey,
  encodeFilter,
} from './model/address.ts';
import { assertLinkName, decodeLink, encodeLink, type Link, type LinkSpec } from './model/link.ts';
import { commands } from './wire/commands.ts';
import { RTEXT_FILTER_SKIP_STATS } from './wire/link.ts';

/** Links are read without their counters. */
const withoutCounters = { extensions: RTEXT_FILTER_SKIP_STATS };

/**
 * The links and addresses of one network namespace, over rtnetlink.
 *
 * Calls made in the same tick travel to the kernel together and are carried out in order, so
 * `await Promise.all(addresses.map((address) => rtnetlink.addAddress(address)))` is the way to add thousands.
 *
 * Every method rejects with an {@link InputError} for an invalid value, before anything is sent; with an
 * {@link RtnetlinkError} when the kernel refuses; with a {@link TransportError} when it cannot be reached.
 */
export class Rtnetlink {
  readonly #socket: Socket;
  readonly #family: RawFamily;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#family = new RawFamily(socket);
  }

  /**
   * Opens a socket to rtnetlink. Opening and reading take no privilege, changes take CAP_NET_ADMIN in the user namespace that
   * owns the network namespace.
   * @throws TransportError `ERR_NETLINK_NETNS` when the namespace cannot be entered
   * @example
   * ```ts
   * const rtnetlink = await Rtnetlink.open({ kernel }); // or Rtnetlink.open(), on Linux
   * console.log((await rtnetlink.links()).map(({ name }) => name)); // [ 'lo', 'd0', 'd1' ]
   * await rtnetlink.close();
   * ```
   */
  static async open(options: OpenOptions = {}): Promise<Rtnetlink> {
    const { kernel = linuxKernel({ netns: options.netns }) } = validateOpenOptions(options);
    return new Rtnetlink(new Socket(await kernel.openNetlink('route')));
  }

  /**
   * All links, by index (RTM_GETLINK).
   * @example
   * ```ts
   * const rtnetlink = await Rtnetlink.open({ kernel });
   * for (const { index, name, flags } of await rtnetlink.links()) console.log(index, name, flags.UP === true);
   * // 1 lo true
   * // 2 d0 true
   * // 3 d1 false
   * ```
   */
  async links(options?: OperationOptions): Promise<Link[]> {
    const calls = { ...validateOptions(options), ...linkErrors };
    return this.#family.dump(commands.getLink, { attributes: withoutCounters }, decodeLink, calls);
  }

  /**
   * One link by its name; undefined when there is none (RTM_GETLINK).
   * @example
   * ```ts
   * const rtnetlink = await Rtnetlink.open({ kernel });
   * console.log((await rtnetlink.link('d0'))?.mtu, await rtnetlink.link('eth9')); // 1500 undefined
   * ```
   */
  async link(name: string, options?: OperationOptions): Promise<Link | undefined> {
    const attributes = { name: assertLinkName('name', name), ...withoutCounters };
    const calls = { ...validateOptions(options), ...linkErrors };
    try {
      return await this.#family.request(commands.getLink, { attributes }, decodeLink, calls);
    } catch (error) {
      if (error instanceof RtnetlinkError && error.reason === 'no-such-link') return undefined;
      throw error;
    }
  }

  /**
   * Creates a link (RTM_NEWLINK). Rejects with reason `link-exists`, or `not-supported` for a kind the kernel does not have.
   * @example
   * ```ts
   * const rtnetlink = await Rtnetlink.open({ kernel });
   * await rtnetlink.addLink({ name: 'vips', kind: 'dummy', flags: { UP: true } });
   * console.log((await rtnetlink.link('vips'))?.kind); // dummy
   * ```
   */
  async addLink(spec: LinkSpec, options?: OperationOptions): Promise<void> {
    const request = encodeLink(spec);
    await this.#family.execute(commands.newLink, request, { ...validateOptions(options), ...linkErrors });
  }

  /**
   * Removes a link with its addresses (RTM_DELLINK). Rejects with reason `no-such-link`, or `not-supported` for `lo` and hardware.
   * @example
   * ```ts
   * const rtnetlink = await Rtnetlink.open({ kernel });
   * await rtnetlink.removeLink('d1');
   * await rtnetlink.removeLink('d1').catch((error) => console.log(error.reason)); // no-such-link
   * ```
   */
  async removeLink(name: string, options?: OperationOptions): Promise<void> {
    const attributes = { name: assertLinkName('name', name) };
    await this.#family.execute(commands.delLink, { attributes }, { ...validateOptions(options), ...linkErrors });
  }

  /**
   * The addresses of all links, or those that pass the filter, IPv4 before IPv6 and by link (RTM_GETADDR). One request
   * lists all; a listing during which others change addresses is repeated.
   * @throws TransportError `ERR_NETLINK_INTERRUPTED` when they change during each of five listings
   * @example
   * ```ts
   * const rtnetlink = await Rtnetlink.open({ kernel });
   * const addresses = await rtnetlink.addresses({ index: 2, family: 'inet' });
   * console.log(addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`)); // [ '192.0.2.1/24' ]
   * ```
   */
  async addresses(filter: AddressFilter = {}, options?: OperationOptions): Promise<Address[]> {
    const { family, passes } = encodeFilter(filter);
    const calls = { ...validateOptions(options), ...addressErrors };
    const request = { header: { ifa_family: family } };
    const listed = await this.#family.dump(commands.getAddress, request, decodeAddress, calls);
    return listed.filter(passes);
  }

  /**
   * Adds an address to a link (RTM_NEWADDR). Rejects with reason `address-exists` or `no-such-link`.
   * @example
   * ```ts
   * const rtnetlink = await Rtnetlink.open({ kernel });
   * const vips = ['192.0.2.10', '2001:db8::10'];
   * await Promise.all(vips.map((address) => rtnetlink.addAddress({ index: 2, address })));
   * ```
   */
  async addAddress(spec: AddressSpec, options?: OperationOptions): Promise<void> {
    const request = encodeAddress(spec);
    await this.#family.execute(commands.newAddress, request, { ...validateOptions(options), ...addressErrors });
  }

  /**
   * Removes an address from a link (RTM_DELADDR); with the first IPv4 address of a prefix the kernel removes the others of
   * that prefix, unless `net.ipv4.conf.*.promote_secondaries` is set. Rejects with reason `no-such-address` or `no-such-link`.
   * @example
   * ```ts
   * const rtnetlink = await Rtnetlink.open({ kernel });
   * await rtnetlink.addAddress({ index: 2, address: '192.0.2.10' });
   * await rtnetlink.removeAddress({ index: 2, address: '192.0.2.10' });
   * ```
   */
  async removeAddress(key: AddressKey, options?: OperationOptions): Promise<void> {
    const request = encodeAddressKey(key);
    await this.#family.execute(commands.delAddress, request, { ...validateOptions(options), ...addressErrors });
  }

  /**
   * Waits for the operations under way and closes the socket. Every later call rejects, code `ERR_NETLINK_CLOSED`.
   * @example
   * ```ts
   * const rtnetlink = await Rtnetlink.open({ kernel });
   * await rtnetlink.close();
   * await rtnetlink.links().catch((error) => console.log(error.code)); // ERR_NETLINK_CLOSED
   * ```
   */
  close(): Promise<void> {
    return this.#socket.close();
  }

  /**
   * The same as {@link close}, for `await using`.
   * @example
   * ```ts
   * await using rtnetlink = await Rtnetlink.open({ kernel }); // closed where the block ends
   * ```
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
