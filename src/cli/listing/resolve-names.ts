import { lookupService } from 'node:dns/promises';
import type { Connection, TableEntry } from '../../ipvs/index.ts';
import type { ReverseResolver } from '../../rules/index.ts';
import { addressOf } from '../names.ts';
import { type NamedService, readServices } from '../services.ts';

/** All addresses of a table. */
export function addressesOf(table: Iterable<TableEntry>): string[] {
  return [...table].flatMap(({ service, destinations }) => [
    ...(service.address !== undefined ? [service.address] : []),
    ...destinations.map(({ address }) => address),
  ]);
}

/** All addresses of connections. */
export function addressesOfConnections(connections: readonly Connection[]): string[] {
  return connections.flatMap(({ source, virtual, destination }) =>
    [source, virtual, destination].map(({ address }) => address),
  );
}

/**
 * The names of these addresses, as the system's resolver has them, and of services, as `/etc/services` has them. What has
 * no name, or none that can be found out, keeps its number. It takes as long as the resolver takes to give up.
 *
 * A resolver is somebody else's: names with characters that no name of a host has are not passed on.
 */
export async function resolveNames(addresses: Iterable<string>): Promise<ReverseResolver> {
  const [hosts, services] = await Promise.all([resolveHosts(new Set(addresses)), readServices()]);
  return resolverOf(hosts, namesOfPorts(services));
}

/** As {@link resolveNames}, but only names that lead back to exactly the address and the port that they stand for. */
export async function resolveReversibleNames(addresses: Iterable<string>): Promise<ReverseResolver> {
  const [hosts, services] = await Promise.all([resolveHosts(new Set(addresses)), readServices()]);
  const known = await Promise.all(
    [...new Set(hosts.values())].map(async (name) => [name, await addressOf(name)] as const),
  );
  const back = new Map(known);
  const ports = portsOfNames(services);
  return resolverOf(
    new Map([...hosts].filter(([address, name]) => back.get(name) === address)),
    new Map([...namesOfPorts(services)].filter(([place, name]) => ports.get(nameIn(place, name)) === place)),
  );
}

function resolverOf(hosts: ReadonlyMap<string, string>, services: ReadonlyMap<string, string>): ReverseResolver {
  return {
    host: (address) => hosts.get(address),
    service: (port, protocol) => services.get(`${port}/${protocol}`),
  };
}

async function resolveHosts(addresses: Set<string>): Promise<Map<string, string>> {
  const named = await Promise.all(
    [...addresses].map(async (address) => {
      const found = await lookupService(address, 0).catch(() => undefined);
      return found && /^[\w.-]+$/.test(found.hostname) ? [[address, found.hostname] as const] : [];
    }),
  );
  return new Map(named.flat());
}

/** By port and protocol, `80/tcp`, the first name that the file has. Node's resolver knows TCP's names alone. */
function namesOfPorts(services: readonly NamedService[]): Map<string, string> {
  return new Map(
    services.map(({ names: [name = ''], port, protocol }) => [`${port}/${protocol}`, name] as const).reverse(),
  );
}

/** By name and protocol, `http/tcp`, the port and protocol of the first service that the file has for it. */
function portsOfNames(services: readonly NamedService[]): Map<string, string> {
  const all = services.flatMap(({ names, port, protocol }) =>
    names.map((name) => [`${name}/${protocol}`, `${port}/${protocol}`] as const),
  );
  return new Map(all.reverse());
}

function nameIn(place: string, name: string): string {
  return `${name}/${place.split('/')[1]}`;
}
