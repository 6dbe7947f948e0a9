import { lookupService } from 'node:dns/promises';
import { parseConnections, type TableEntry } from '../../ipvs/index.ts';
import type { ReverseResolver } from '../../rules/index.ts';
import { readServices } from '../services.ts';

/** All addresses of a table. */
export function addressesOf(table: Iterable<TableEntry>): string[] {
  return [...table].flatMap(({ service, destinations }) => [
    ...(service.address !== undefined ? [service.address] : []),
    ...destinations.map(({ address }) => address),
  ]);
}

/** All addresses in the text of `/proc/net/ip_vs_conn`. */
export function addressesOfConnections(text: string): string[] {
  return parseConnections(text).flatMap(({ source, virtual, destination }) =>
    [source, virtual, destination].map(({ address }) => address),
  );
}

/**
 * The names of these addresses, as the system's resolver has them, and of services, as `/etc/services` has them. What has
 * no name, or none that can be found out, keeps its number. It takes as long as the resolver takes to give up.
 */
export async function resolveNames(addresses: Iterable<string>): Promise<ReverseResolver> {
  const [hosts, services] = await Promise.all([resolveHosts(new Set(addresses)), namesOfPorts()]);
  return {
    host: (address) => hosts.get(address),
    service: (port, protocol) => services.get(`${port}/${protocol}`),
  };
}

async function resolveHosts(addresses: Set<string>): Promise<Map<string, string>> {
  const named = await Promise.all(
    [...addresses].map(async (address) => {
      const found = await lookupService(address, 0).catch(() => undefined);
      return found ? [[address, found.hostname] as const] : [];
    }),
  );
  return new Map(named.flat());
}

/** By port and protocol, `80/tcp`, the first name that the file has. Node's resolver knows TCP's names alone. */
async function namesOfPorts(): Promise<Map<string, string>> {
  const services = await readServices();
  return new Map(
    services.map(({ names: [name = ''], port, protocol }) => [`${port}/${protocol}`, name] as const).reverse(),
  );
}
