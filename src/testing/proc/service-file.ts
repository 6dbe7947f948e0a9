import { AF_INET6 } from '../servers/address.ts';
import type { RealServer } from '../servers/real-server.ts';
import type { Namespace } from '../state/namespace.ts';
import type { VirtualService } from '../state/virtual-service.ts';
import { hex, hexAddress, protocolName } from './format.ts';

const PERSISTENT = 0x1;
const ONE_PACKET = 0x4;
const FORWARDING = ['Masq', 'Local', 'Tunnel', 'Route'];

/** `/proc/net/ip_vs` (ip_vs_ctl.c, ip_vs_info_seq_show). */
export function* serviceFile({ services, connectionTableSize, littleEndian }: Namespace): Generator<string> {
  yield `IP Virtual Server version 1.2.1 (size=${connectionTableSize})\n`;
  yield 'Prot LocalAddress:Port Scheduler Flags\n';
  yield '  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n';
  for (const service of services.list()) {
    yield serviceLine(service, littleEndian);
    for (const destination of service.destinations.list()) yield destinationLine(destination);
  }
}

function serviceLine({ identity, scheduler, flags, timeout, netmask }: VirtualService, littleEndian: boolean): string {
  const { family, protocol, address, port, fwmark } = identity;
  const onePacket = flags & ONE_PACKET ? 'ops ' : '';
  const persistence = flags & PERSISTENT ? `persistent ${timeout | 0} ${hex(ntohl(netmask, littleEndian), 8)}` : '';
  if (fwmark) return `FWM  ${hex(fwmark, 8)} ${scheduler} ${onePacket}${persistence}\n`;
  const name = protocolName(protocol);
  const end = `${hexAddress(family, address)}:${hex(port, 4)}`;
  if (family !== AF_INET6) return `${name}  ${end} ${scheduler} ${onePacket} ${persistence}\n`;
  return `${name}  ${end.replace(/^(.*):/, '[$1]:')} ${scheduler} ${persistence}\n`;
}

/** A little-endian kernel turns a prefix length of IPv6 round as well. */
function ntohl(value: number, littleEndian: boolean): number {
  const bytes = Buffer.alloc(4);
  if (!littleEndian) return value;
  bytes.writeUInt32LE(value);
  return bytes.readUInt32BE();
}

function destinationLine({ identity, setup, active, inactive }: RealServer): string {
  const address = hexAddress(identity.family, identity.address);
  const end = `${identity.family === AF_INET6 ? `[${address}]` : address}:${hex(identity.port, 4)}`;
  const columns = [
    (FORWARDING[setup.forwarding] ?? 'Masq').padEnd(7),
    `${setup.weight}`.padEnd(6),
    `${active}`.padEnd(10),
    `${inactive}`.padEnd(10),
  ];
  return `  -> ${end}      ${columns.join(' ')}\n`;
}
