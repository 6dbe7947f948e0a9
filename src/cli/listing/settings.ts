import type { Daemon, Timeouts } from '../../ipvs/index.ts';

/** The timeouts as `ipvsadm -L --timeout` prints them. */
export function timeoutsRow({ tcp, tcpFin, udp }: Timeouts): string {
  return `Timeout (tcp tcpfin udp): ${tcp} ${tcpFin} ${udp}\n`;
}

/** The sync daemons as `ipvsadm -L --daemon` prints them, a line each: what is 0 or unknown is left out. */
export function daemonRows(daemons: readonly Daemon[]): string {
  return daemons.map((daemon) => `${daemonRow(daemon)}\n`).join('');
}

function daemonRow({ state, interface: device, syncId, maxLength, group, port, ttl }: Daemon): string {
  const known = Object.entries({ maxlen: maxLength, group, port, ttl }).filter(([, value]) => value);
  const words = [`mcast=${device}`, `syncid=${syncId}`, ...known.map(([name, value]) => `${name}=${value}`)];
  return `${state} sync daemon (${words.join(', ')})`;
}
