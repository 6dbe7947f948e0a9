import type { Ipvs, ServiceKey } from '../../../src/ipvs/index.ts';
import { type Connections, ends, type Side } from './scenario.ts';

/** What is to be seen of a kernel, real or not. */
export function look(ipvs: Ipvs, service: ServiceKey): Pick<Side, 'connections' | 'counts'> {
  return {
    connections: () => connectionsOf(ipvs),
    async counts() {
      if (!(await ipvs.service(service))) return [];
      const destinations = await ipvs.destinations(service);
      return destinations.map((each) => {
        const { address, port, activeConnections, inactiveConnections, persistentConnections } = each;
        return `${address}:${port} ${activeConnections} ${inactiveConnections} ${persistentConnections}`;
      });
    },
  };
}

async function connectionsOf(ipvs: Ipvs): Promise<Connections> {
  const servers = new Map<string, string>();
  const lines: string[] = [];
  for await (const connection of ipvs.connections()) {
    const { destination, state } = connection;
    const [between, server] = [ends(connection), `${destination.address}:${destination.port}`];
    servers.set(between, server);
    lines.push(`${between} ${server} ${state}`);
  }
  return { servers, lines };
}
