import { lookup } from 'node:dns/promises';
import type { NameResolver } from '../rules/index.ts';
import { readServices } from './services.ts';

/**
 * Runs what reads text with names in it, with the names looked up: the addresses of hosts by the system's resolver (IPv4,
 * as ipvsadm does), ports in /etc/services. It runs a second time if there were any, so that nothing is looked up for
 * text that is wrong anyway.
 */
export async function withNames<T>(read: (names: NameResolver) => T): Promise<T> {
  const hosts = new Map<string, string | undefined>();
  const services = new Map<string, number | undefined>();
  // Any address and any port will do until all names are known.
  const first = read({
    address: (host) => hosts.set(host, undefined) && '0.0.0.0',
    port: (service, protocol) => services.set(`${service}/${protocol}`, undefined) && 1,
  });
  if (hosts.size === 0 && services.size === 0) return first;
  await Promise.all([...hosts.keys()].map(async (host) => hosts.set(host, await addressOf(host))));
  if (services.size > 0)
    for (const { names, port, protocol } of (await readServices()).reverse()) // the first of a name is the one
      for (const name of names) services.set(`${name}/${protocol}`, port);
  return read({
    address: (host) => hosts.get(host),
    port: (service, protocol) => services.get(`${service}/${protocol}`),
  });
}

/** The IPv4 address of a host, the first where there are several; undefined where it has none. */
export function addressOf(host: string): Promise<string | undefined> {
  return lookup(host, { family: 4 }).then(
    ({ address }) => address,
    () => undefined,
  );
}
