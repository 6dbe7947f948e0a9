import type { Destination, Forwarding, Service } from '../../ipvs/index.ts';
import { endpointText } from '../../rules/format/wording.ts';
import type { ReverseResolver } from '../../rules/index.ts';
import type { Form, ListOptions } from './options.ts';
import { rateCells, totalCells } from './statistics.ts';

const methods: Readonly<Record<string, string>> = {
  masquerade: 'Masq',
  local: 'Local',
  'direct-route': 'Route',
  bypass: 'Bypass',
};
const checksums: Readonly<Record<string, string>> = { nocsum: '-c', csum: '+c', remcsum: 'r+c' };

/** The line of a destination. */
export function destinationRow(destination: Destination, service: Service, options: ListOptions): string {
  const protocol = 'protocol' in service ? service.protocol : undefined;
  return `  -> ${nameOf(destination, protocol, options.names).padEnd(28)}${columnsOf(destination, options)}`;
}

/** ipvsadm cuts IPv4 destinations to 28 characters, and all names of addresses and ports to 59. */
function nameOf(destination: Destination, protocol: string | undefined, names: ReverseResolver | undefined): string {
  const name = endpointText(destination, protocol, names);
  return name.slice(0, name.startsWith('[') ? 59 : 28);
}

function columnsOf(destination: Destination, { form, exact }: ListOptions): string {
  const { statistics, weight, upperThreshold, lowerThreshold, persistentConnections } = destination;
  if (form === 'stats') return totalCells(statistics, exact);
  if (form === 'rate') return rateCells(statistics, exact, true);
  const connections = cell(destination.activeConnections, 10) + cell(destination.inactiveConnections, 10);
  if (form === 'thresholds') return cell(upperThreshold, 10) + cell(lowerThreshold, 10) + connections;
  if (form === 'persistent-conn') return cell(weight, 9) + cell(persistentConnections, 11) + connections;
  return wayOf(destination.forwarding, form) + cell(weight, 6) + connections;
}

function wayOf(forwarding: Forwarding, form: Form | undefined): string {
  const method = typeof forwarding === 'object' ? 'Tunnel' : (methods[forwarding] ?? forwarding);
  return cell(method, 7) + (form === 'tun-info' ? cell(tunnelInfo(forwarding), 13) : '');
}

function cell(value: string | number, width: number): string {
  return ` ${String(value).padEnd(width)}`;
}

function tunnelInfo(forwarding: Forwarding): string {
  if (typeof forwarding !== 'object') return 'n/a';
  const { tunnel, port = 0, checksum = 'nocsum' } = { port: undefined, checksum: undefined, ...forwarding };
  if (tunnel === 'ipip') return tunnel;
  return [tunnel, ...(tunnel === 'gre' ? [] : [port]), checksums[checksum] ?? checksum].join(':');
}
