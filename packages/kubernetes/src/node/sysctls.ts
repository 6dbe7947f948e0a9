import { type Kernel, readText, SystemError } from 'ipvs/netlink';

/** A value of a sysctl. */
export interface SysctlValue {
  /** Its name as `sysctl` prints it: `net.ipv4.vs.conntrack`. */
  readonly name: string;
  readonly value: string;
}

/** A sysctl that traffic through IPVS depends on. */
export interface RequiredSysctl extends SysctlValue {
  /** Half a sentence: what goes wrong with another value. */
  readonly reason: string;
}

/** A required sysctl that has another value. */
export interface WrongSysctl extends RequiredSysctl {
  readonly current: string;
}

/** Options of {@link requiredSysctls}. */
export interface SysctlOptions {
  /**
   * Whether packets of IPv6 are forwarded. A host that forwards gives up the default routes that it has from router
   * advertisements, unless its `accept_ra` is 2. Default false.
   */
  readonly ipv6Forwarding?: boolean;
  /**
   * Whether only the node that announces a load balancer's address answers ARP for it, which announcers on layer 2, such as
   * MetalLB, need since every node has the address. Default false.
   */
  readonly strictArp?: boolean;
}

const forward = { value: '1', reason: 'packets for pods of other nodes are dropped' };

/** What a node needs whose pods have addresses of IPv6. */
export const IPV6_FORWARDING: RequiredSysctl = { name: 'net.ipv6.conf.all.forwarding', ...forward };

/** The sysctls that the agent needs, in the order in which they are set (kernel: Documentation/networking/ipvs-sysctl.rst). */
export function requiredSysctls({ ipv6Forwarding = false, strictArp = false }: SysctlOptions = {}): RequiredSysctl[] {
  const arp = 'every node answers ARP for the addresses of load balancers';
  return [
    { name: 'net.ipv4.ip_forward', ...forward },
    ...(ipv6Forwarding ? [IPV6_FORWARDING] : []),
    { name: 'net.ipv4.vs.conntrack', value: '1', reason: 'packets through IPVS are not masqueraded' },
    {
      name: 'net.ipv4.vs.expire_nodest_conn',
      value: '1',
      reason: 'connections to a removed endpoint hang until they time out',
    },
    {
      name: 'net.ipv4.vs.expire_quiescent_template',
      value: '1',
      reason: 'clients with session affinity stay on an endpoint that terminates',
    },
    ...(strictArp
      ? [
          { name: 'net.ipv4.conf.all.arp_ignore', value: '1', reason: arp },
          { name: 'net.ipv4.conf.all.arp_announce', value: '2', reason: arp },
        ]
      : []),
  ];
}

/**
 * The required sysctls that have another value now.
 * @throws SystemError for one that cannot be read, code `ENOENT` where the kernel has none
 */
export async function wrongSysctls(kernel: Kernel, required: readonly RequiredSysctl[]): Promise<WrongSysctl[]> {
  const wrong: WrongSysctl[] = [];
  for (const each of required) {
    const current = (await readText(kernel, pathOf(each.name))).trim();
    if (current !== each.value) wrong.push({ ...each, current });
  }
  return wrong;
}

/** Sets sysctls, all of those that can be; the others are returned: in a container, /proc/sys is mostly read-only. */
export async function setSysctls<T extends SysctlValue>(
  kernel: Kernel,
  values: readonly T[],
): Promise<(T & { readonly error: SystemError })[]> {
  const refused: (T & { readonly error: SystemError })[] = [];
  for (const each of values) {
    try {
      await kernel.writeFile(pathOf(each.name), each.value);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      refused.push({ ...each, error });
    }
  }
  return refused;
}

/** Names have no dots but those between their parts: none of the required ones names an interface. */
function pathOf(name: string): string {
  return `/proc/sys/${name.replaceAll('.', '/')}`;
}
