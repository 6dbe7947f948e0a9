import { Ipvs } from 'ipvs';
import { Conntrack } from 'ipvs/conntrack';
import { type Kernel, linuxKernel } from 'ipvs/netlink';
import { Rtnetlink } from 'ipvs/rtnetlink';
import type { NodePlane } from '../agent/node-plane.ts';
import { Nftables } from '../nftables/index.ts';
import { NftablesFilter } from './nftables-filter.ts';
import { ServiceInterface } from './service-interface.ts';
import { UdpFlows } from './udp-flows.ts';

/** Options of {@link LinuxNode.open}. */
export interface LinuxNodeOptions {
  /** Name of the dummy link that holds the addresses of Services. Default `'ipvs-services'`. */
  readonly link?: string | undefined;
}

/** This machine as the agent programs it. */
export class LinuxNode implements AsyncDisposable {
  readonly kernel: Kernel;
  readonly plane: NodePlane;
  readonly link: ServiceInterface;
  readonly #nftables: Nftables;
  readonly #resources: AsyncDisposableStack;

  /**
   * Opens sockets to the kernel; nothing is changed.
   * @throws TransportError, IpvsError where there is no IPVS; InputError for a link that is no dummy
   */
  static async open({ link = 'ipvs-services' }: LinuxNodeOptions = {}): Promise<LinuxNode> {
    await using resources = new AsyncDisposableStack();
    const kernel = linuxKernel();
    const ipvs = resources.use(await Ipvs.open({ kernel }));
    const rtnetlink = resources.use(await Rtnetlink.open({ kernel }));
    const conntrack = resources.use(await Conntrack.open({ kernel }));
    const nftables = new Nftables();
    const serviceLink = new ServiceInterface(rtnetlink, link);
    await serviceLink.check();
    const plane = {
      ipvs,
      addresses: serviceLink,
      filter: new NftablesFilter(nftables),
      flows: new UdpFlows(conntrack),
    };
    return new LinuxNode(kernel, plane, serviceLink, nftables, resources.move());
  }

  private constructor(
    kernel: Kernel,
    plane: NodePlane,
    link: ServiceInterface,
    nftables: Nftables,
    resources: AsyncDisposableStack,
  ) {
    this.kernel = kernel;
    this.plane = plane;
    this.link = link;
    this.#nftables = nftables;
    this.#resources = resources;
  }

  /** The tables of the packet filter, and the link with its addresses, are removed. */
  async remove(): Promise<void> {
    await this.link.remove();
    await this.#nftables.remove();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}
