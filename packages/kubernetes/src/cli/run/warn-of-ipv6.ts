import type { Kernel } from 'ipvs/netlink';
import type { Logger } from 'pino';
import type { AgentObserver } from '../../agent/agent.ts';
import { IPV6_FORWARDING, wrongSysctls } from '../../node/sysctls.ts';
import { familyOf } from '../../objects/address.ts';

/**
 * Warns, once, where the cluster has IPv6 for this node and the kernel forwards none. It is not set unasked, since a host with an
 * address of IPv6 may have its default route from router advertisements, which one that forwards does not take.
 */
export function warnOfIPv6(kernel: Kernel, podCidr: readonly string[] | undefined, log: Logger): AgentObserver {
  let isKnown = false;
  const warn = async () => {
    for (const { name, current, value, reason } of await wrongSysctls(kernel, [IPV6_FORWARDING]))
      log.warn({ sysctl: name, current, value }, `the node has IPv6, but ${reason}: --ipv6-forwarding sets ${name}`);
  };
  return {
    changed(_changes, { node }) {
      const pods = podCidr ?? node?.podCIDRs.map(({ text }) => text) ?? [];
      const hasIPv6 = [...pods, ...(node?.primaryAddresses ?? [])].some((text) => familyOf(text) === 'inet6');
      if (isKnown || !hasIPv6) return;
      isKnown = true;
      void warn().catch((error) => log.warn({ err: error }, `${IPV6_FORWARDING.name} could not be read`));
    },
  };
}
