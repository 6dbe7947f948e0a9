import { readBuffer } from '../../netlink/index.ts';
import type { ConnectionIdentity, SocketAddress, TableConnection } from '../connections/connection-table.ts';
import { AF_INET6 } from '../servers/address.ts';
import type { RealServer } from '../servers/real-server.ts';
import type { Namespace } from '../state/namespace.ts';
import { HZ, type VirtualService } from '../state/virtual-service.ts';

/** The port of FTP, whose data connections have others. */
export const FTP = 21;

/**
 * The persistence template of a client, where there is one whose destination is there (ip_vs_core.c, ip_vs_sched_persist;
 * ip_vs_conn.c, ip_vs_check_template).
 */
export function templateFor(
  { connections, sysctls, traits, littleEndian }: Namespace,
  service: VirtualService,
  packet: ConnectionIdentity,
): TableConnection | undefined {
  const template = connections.find(templateIdentity(service, packet, littleEndian));
  if (!template) return undefined;
  const { server } = template;
  const quiescent = server?.setup.weight === 0 && sysctls.value('expire_quiescent_template') !== 0;
  if (server?.available && !quiescent) return template;
  connections.invalidate(template, !traits.ownTables);
  return undefined;
}

/** Makes the template of a client that a destination was chosen for; undefined where there is no room for it. */
export function makeTemplate(
  namespace: Namespace,
  service: VirtualService,
  packet: ConnectionIdentity,
  server: RealServer,
): TableConnection | undefined {
  if (namespace.full) return undefined;
  const { family, address, port } = server.identity;
  const ofPort = packet.virtual.port === service.identity.port && service.identity.port !== FTP;
  const timeout = service.timeout / HZ;
  const template: TableConnection = {
    ...templateIdentity(service, packet, namespace.littleEndian),
    destination: { family, address, port: ofPort ? port : 0 },
    state: 'NONE',
    synchronised: false,
    expiresAt: namespace.now + timeout,
    timeout,
    engine: '',
    engineData: '',
    server,
    forwarding: server.setup.forwarding,
    counter: 'persistent',
    controlled: 0,
  };
  namespace.addConnection(template);
  return template;
}

/** A template stands for a network of clients, and for a port, all ports or a firewall mark of the service. */
function templateIdentity(
  service: VirtualService,
  { protocol, client, virtual }: ConnectionIdentity,
  littleEndian: boolean,
): ConnectionIdentity {
  const { port, fwmark } = service.identity;
  const network = { ...client, address: maskedAddress(client, service.netmask, littleEndian), port: 0 };
  if (virtual.port === port)
    return { protocol, client: network, virtual: { ...virtual, port: port === FTP ? 0 : port } };
  if (!fwmark) return { protocol, client: network, virtual: { ...virtual, port: 0 } };
  const address = Buffer.alloc(16);
  address.writeUInt32BE(fwmark);
  return { protocol: 0, client: network, virtual: { ...virtual, address, port: 0 } };
}

/** @param netmask a mask for IPv4, its bytes as a number in the kernel's byte order; a prefix length for IPv6 */
function maskedAddress({ family, address }: SocketAddress, netmask: number, littleEndian: boolean): Buffer {
  const masked = Buffer.alloc(16);
  const mask = new Uint8Array(4);
  readBuffer(mask).view.setUint32(0, netmask, littleEndian);
  if (family !== AF_INET6) for (const [i, byte] of mask.entries()) masked[i] = byte & (address[i] ?? 0);
  else
    for (const [i, byte] of address.entries()) {
      const bits = Math.min(Math.max(netmask - 8 * i, 0), 8);
      masked[i] = byte & (0xff00 >> bits);
    }
  return masked;
}
