import type { Ipvs, ServiceKey } from '../../../src/ipvs/index.ts';
import type { PacketSpec } from '../../../src/testing/index.ts';
import { ends } from './scenario.ts';

/** The connection table without its seconds, and the counts of a service's destinations, as lines. */
export async function look(ipvs: Ipvs, service: ServiceKey): Promise<string[]> {
  const lines: string[] = [];
  for await (const connection of ipvs.connections()) {
    const { destination, state } = connection;
    lines.push(`${ends(connection)} ${destination.address}:${destination.port} ${state}`);
  }
  for (const each of await ipvs.destinations(service)) {
    const { address, port, activeConnections, inactiveConnections, persistentConnections } = each;
    lines.push(`${address}:${port} ${activeConnections} ${inactiveConnections} ${persistentConnections}`);
  }
  return lines.sort();
}

/** Where the connections of packets lead, by the connection table; `'-'` where there is none. */
export async function whereTo(ipvs: Ipvs, packets: readonly PacketSpec[]): Promise<string[]> {
  const found = new Map<string, string>();
  for await (const connection of ipvs.connections()) {
    const { address, port } = connection.destination;
    found.set(ends(connection), `${address}:${port}`);
  }
  return packets.map((packet) => found.get(ends(packet)) ?? '-');
}
