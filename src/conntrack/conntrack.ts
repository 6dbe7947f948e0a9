import type { InputError } from '../errors/input-error.ts';
import type { KernelError } from '../errors/kernel-error.ts';
import type { TransportError } from '../errors/transport-error.ts';
import { type OpenOptions, validateOpenOptions } from '../linux/open-options.ts';
import { type OperationOptions, validateOptions } from '../linux/operation-options.ts';
import { linuxKernel, RawFamily, Socket } from '../netlink/index.ts';
import { ConntrackError } from './conntrack-error.ts';
import { decodeFlow, encodeFlowFilter, encodeFlowKey, type Flow, type FlowFilter, type FlowKey } from './model/flow.ts';
import { commands } from './wire/commands.ts';

const listErrors = { mapError: (refusal: KernelError) => new ConntrackError(refusal, 'list the flows') };

/**
 * The connection tracking table of one network namespace, over ctnetlink.
 *
 * Calls made in the same tick travel to the kernel together and are carried out in order.
 *
 * Every method rejects with an {@link InputError} for an invalid value, before anything is sent; with a
 * {@link ConntrackError} when the kernel refuses; with a {@link TransportError} when it cannot be reached.
 */
export class Conntrack {
  readonly #socket: Socket;
  readonly #family: RawFamily;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#family = new RawFamily(socket);
  }

  /**
   * Opens a socket to ctnetlink. Opening takes no privilege, everything else takes CAP_NET_ADMIN in the user namespace that
   * owns the network namespace; the first request makes the kernel load its module (net/netfilter/nfnetlink.c).
   * @throws TransportError `ERR_NETLINK_NETNS` when the namespace cannot be entered
   * @example
   * ```ts
   * const conntrack = await Conntrack.open({ kernel }); // or Conntrack.open(), on Linux
   * console.log(await conntrack.flows()); // []
   * await conntrack.close();
   * ```
   */
  static async open(options: OpenOptions = {}): Promise<Conntrack> {
    const { kernel = linuxKernel({ netns: options.netns }) } = validateOpenOptions(options);
    return new Conntrack(new Socket(await kernel.openNetlink('netfilter'), { refusesDatagrams: true }));
  }

  /**
   * The flows that pass a filter, in the order of a hash table (IPCTNL_MSG_CT_GET). The kernel filters since Linux 5.8. One
   * that is made or ends meanwhile may be missing, or there twice.
   * @example
   * ```ts
   * const client = { source: '198.51.100.7', sourcePort: 40000 };
   * kernel.flows.add({ protocol: 'udp', original: { ...client, destination: '192.0.2.10', destinationPort: 53 } });
   * const conntrack = await Conntrack.open({ kernel });
   * for (const { original } of await conntrack.flows({ protocol: 'udp', destinationPort: 53 })) console.log(original.source);
   * // 198.51.100.7
   * ```
   */
  async flows(filter: FlowFilter = {}, options?: OperationOptions): Promise<Flow[]> {
    const { requests, passes } = encodeFlowFilter(filter);
    const calls = { ...validateOptions(options), ...listErrors };
    const decode = (message: Parameters<typeof decodeFlow>[0]) => {
      const flow = decodeFlow(message);
      return passes(flow) ? flow : undefined;
    };
    const listings = requests.map((request) => this.#family.dump(commands.get, request, decode, calls));
    return (await Promise.all(listings)).flat().filter((flow) => flow !== undefined);
  }

  /**
   * Removes a flow: its next packet is that of a new one (IPCTNL_MSG_CT_DELETE). Rejects with reason `no-such-flow`, also
   * where a flow with an `id` has given way to another of the same tuple.
   * @example
   * ```ts
   * const original = { source: '198.51.100.7', sourcePort: 40000, destination: '192.0.2.10', destinationPort: 53 };
   * kernel.flows.add({ protocol: 'udp', original });
   * const conntrack = await Conntrack.open({ kernel });
   * for (const flow of await conntrack.flows()) await conntrack.removeFlow(flow);
   * console.log(kernel.flows.size); // 0
   * ```
   */
  async removeFlow(key: FlowKey, options?: OperationOptions): Promise<void> {
    const request = encodeFlowKey(key);
    const { protocol, original } = key;
    const name = `${protocol} flow ${end(original.source, original.sourcePort)} to ${end(original.destination, original.destinationPort)}`;
    const mapError = (refusal: KernelError) => new ConntrackError(refusal, `remove ${name}`);
    await this.#family.execute(commands.delete, request, { ...validateOptions(options), mapError });
  }

  /**
   * Waits for the operations under way and closes the socket. Every later call rejects, code `ERR_NETLINK_CLOSED`.
   * @example
   * ```ts
   * const conntrack = await Conntrack.open({ kernel });
   * await conntrack.close();
   * await conntrack.flows().catch((error) => console.log(error.code)); // ERR_NETLINK_CLOSED
   * ```
   */
  close(): Promise<void> {
    return this.#socket.close();
  }

  /**
   * The same as {@link close}, for `await using`.
   * @example
   * ```ts
   * await using conntrack = await Conntrack.open({ kernel }); // closed where the block ends
   * ```
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function end(address: string, port: number | undefined): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
