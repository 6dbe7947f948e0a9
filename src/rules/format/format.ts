import { InputError } from '../../errors/input-error.ts';
import { assertIterable } from '../../errors/validate.ts';
import { type Daemon, encodeDaemon } from '../../ipvs/model/daemon.ts';
import type { TableEntry } from '../../ipvs/model/table-entry.ts';
import type { Timeouts } from '../../ipvs/model/timeouts.ts';
import { checkOptions } from '../check-options.ts';
import { sortTable } from '../order.ts';
import { assertWritable } from './assert-writable.ts';
import { destinationRule } from './destination.ts';
import type { FormatOptions } from './options.ts';
import { serviceRule, serviceWords } from './service.ts';

/**
 * The rules that make a table, a line each, as `ipvsadm -Sn` prints them and `ipvsadm -R` reads them, in ipvsadm's order.
 *
 * Three things of ipvsadm 1.31 are left out because it could not read them back: firewall marks of 2^31 and more are
 * unsigned, a service whose only flag is a forgotten one has no empty `-b`, and names of hosts are never cut.
 * @throws InputError for a table that is no iterable, and for what cannot be expressed in ipvsadm's syntax: a protocol, forwarding method, tunnel type or checksum without a
 *   name, and `bypass`; with `lossless` also a `local` destination, a port of its own without masquerading, the timeout of a
 *   persistence that is switched off, flags without a name, an interface whose name is not ASCII, and whatever others have put
 *   into the kernel that the methods of `Ipvs` would refuse
 * @example
 * ```ts
 * const table = await readTable(ipvs);
 * console.log(formatRules(table).trimEnd());
 * // -A -t 192.0.2.10:80 -s wlc
 * // -a -t 192.0.2.10:80 -r 10.0.0.5:8080 -m -w 1
 * // -a -t 192.0.2.10:80 -r 10.0.0.6:8080 -m -w 1
 * ```
 */
export function formatRules(table: Iterable<TableEntry>, options: FormatOptions = {}): string {
  assertIterable('table', table, 'entries');
  checkOptions(options, ['lossless', 'timeouts', 'daemons', 'names']);
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

function daemonRule(daemon: Daemon): string {
  const { state, interface: device, syncId, maxLength, group, port, ttl } = daemon;
  // A kernel takes names that a line cannot hold; with `#` a comment would begin.
  if (!/^[!"$-~][!-~]*$/.test(device)) throw inexpressible(device, 'interface');
  assertWritable(() => encodeDaemon(daemon), inexpressible);
  const size = `--syncid ${syncId} --sync-maxlen ${maxLength}`;
  return `--start-daemon ${state} --mcast-interface ${device} ${size} --mcast-group ${group} --mcast-port ${port} --mcast-ttl ${ttl}`;
}

function inexpressible(value: unknown, field: string): InputError {
  return new InputError("cannot be expressed in ipvsadm's syntax", value, `daemon.${field}`);
}
