import type { TableEntry } from '../../ipvs/client/stream-table.ts';
import type { Daemon } from '../../ipvs/model/daemon.ts';
import type { Timeouts } from '../../ipvs/model/timeouts.ts';
import { sortTable } from '../order.ts';
import { destinationRule } from './destination.ts';
import { serviceRule, serviceWords } from './service.ts';
import type { ReverseResolver } from './wording.ts';

/** How to write rules. */
export interface FormatOptions {
  /**
   * Writes what `ipvsadm -S` forgets as well: thresholds, a mask without persistence, `flag-3` of sh and mh, timeouts and
   * sync daemons. What the grammar has no words for is an InputError, so that nothing is left out. Default false.
   */
  readonly lossless?: boolean | undefined;
  /** Timeouts to write, with `lossless` alone. */
  readonly timeouts?: Timeouts | undefined;
  /** Sync daemons to write, with `lossless` alone. */
  readonly daemons?: readonly Daemon[] | undefined;
  /** Names to write instead of numbers. Default: none, as `ipvsadm -Sn`. */
  readonly names?: ReverseResolver | undefined;
}

/**
 * The rules that make a table, a line each, as `ipvsadm -Sn` prints them and `ipvsadm -R` reads them, in ipvsadm's order.
 *
 * Three things of ipvsadm 1.31 are left out because it could not read them back: firewall marks of 2^31 and more are
 * unsigned, a service whose only flag is a forgotten one has no empty `-b`, and names of hosts are never cut.
 * @throws InputError for what ipvsadm has no option for: a protocol, forwarding method, tunnel type or checksum without a
 *   name, and `bypass`; with `lossless` also a `local` destination, a port of its own without masquerading, options that a
 *   tunnel has no use for, the timeout of a persistence that is switched off, and flags without a name
 */
export function formatRules(table: Iterable<TableEntry>, options: FormatOptions = {}): string {
  const { lossless, timeouts, daemons = [] } = options;
  const settings = lossless ? [...(timeouts ? [timeoutsRule(timeouts)] : []), ...daemons.map(daemonRule)] : [];
  const rules = sortTable(table).flatMap((entry) => entryRules(entry, options));
  return [...settings, ...rules].map((line) => `${line}\n`).join('');
}

function entryRules({ service, destinations }: TableEntry, options: FormatOptions): string[] {
  const name = serviceWords(service, options.names);
  const line = serviceRule(service, options);
  return [
    `-A ${name} ${line}`,
    ...destinations.map((destination) => `-a ${name} ${destinationRule(destination, service, options)}`),
  ];
}

function timeoutsRule({ tcp, tcpFin, udp }: Timeouts): string {
  return `--set ${tcp} ${tcpFin} ${udp}`;
}

function daemonRule({ state, interface: device, syncId, maxLength, group, port, ttl }: Daemon): string {
  const size = `--syncid ${syncId} --sync-maxlen ${maxLength}`;
  return `--start-daemon ${state} --mcast-interface ${device} ${size} --mcast-group ${group} --mcast-port ${port} --mcast-ttl ${ttl}`;
}
