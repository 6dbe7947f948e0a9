import type { IpvsClient, ServiceKey } from 'ipvs';

/** The code to test: sends no new connections to the busiest destination of a service. */
export async function relieve(ipvs: IpvsClient, service: ServiceKey): Promise<void> {
  const [busiest] = (await ipvs.destinations(service)).sort((a, b) => b.activeConnections - a.activeConnections);
  if (busiest) await ipvs.patchDestination(service, busiest, { weight: 0 });
}
