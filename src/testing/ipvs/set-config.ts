import { Refused } from '../netlink/refused.ts';
import type { Namespace } from '../state/namespace.ts';
import { MAX_TIMEOUT } from '../state/virtual-service.ts';
import type { CommandAttributes } from './service-commands.ts';

/** SET_CONFIG: all values or none; 0 leaves a timeout as it is (ip_vs_ctl.c, ip_vs_set_timeout). */
export function setConfig(namespace: Namespace, { tcp, tcpFin, udp }: CommandAttributes): void {
  const { timeouts } = namespace;
  const asked = { tcp: tcp?.u32() ?? 0, tcpFin: tcpFin?.u32() ?? 0, udp: udp?.u32() ?? 0 };
  if (Object.values(asked).some((seconds) => seconds > MAX_TIMEOUT)) throw new Refused('EINVAL');
  namespace.timeouts = {
    tcp: asked.tcp || timeouts.tcp,
    tcpFin: asked.tcpFin || timeouts.tcpFin,
    udp: asked.udp || timeouts.udp,
  };
}
