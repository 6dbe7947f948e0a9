import type { Persistence } from '../../ipvs/model/persistence.ts';
import type { Service } from '../../ipvs/model/service.ts';
import { describeEndpoint } from '../../ipvs/model/service-key.ts';
import { parseInetAton } from '../parse/endpoint.ts';

/** Names for numbers, looked up beforehand: what takes the place of addresses and ports where numbers are not asked for. */
export interface ReverseResolver {
  /** The name of the host with an address; undefined where it has none. */
  host(address: string): string | undefined;
  /** The name of the service at a port of `'tcp'`, `'udp'` or `'sctp'`; undefined where it has none. */
  service(port: number, protocol: string): string | undefined;
}

/**
 * An address and a port as ipvsadm prints them: `192.0.2.1:80`, `[2001:db8::1]:80`, with names `web.example:http`.
 * @param protocol of the service; a firewall mark has none, so that ports stay numbers
 */
export function endpointText(
  { address, port }: { readonly address: string; readonly port: number },
  protocol?: string,
  names?: ReverseResolver,
): string {
  if (!names) return describeEndpoint(address, port);
  const host = names.host(address) ?? address;
  const service = (protocol === undefined ? undefined : names.service(port, protocol)) ?? port;
  return address.includes(':') ? `[${host}]:${service}` : `${host}:${service}`;
}

/**
 * An address and a port as {@link endpointText} has them, with names only where a rule is read back with them: brackets
 * hold an address in numbers, and what is written like a number is one.
 */
export function endpointRule(
  endpoint: { readonly address: string; readonly port: number },
  protocol?: string,
  names?: ReverseResolver,
): string {
  return endpointText(endpoint, protocol, names && { host: hostBy(names), service: serviceBy(names) });
}

function hostBy(names: ReverseResolver): ReverseResolver['host'] {
  return (address) => {
    const host = address.includes(':') ? undefined : names.host(address);
    return host !== undefined && /^[\w.-]+$/.test(host) && parseInetAton(host) === undefined ? host : undefined;
  };
}

function serviceBy(names: ReverseResolver): ReverseResolver['service'] {
  return (port, protocol) => {
    const service = names.service(port, protocol);
    return service !== undefined && /^[\w.+-]+$/.test(service) && !/^\+?\d+$/.test(service) ? service : undefined;
  };
}

const schedulerFlags = ['flag-1', 'sh-fallback', 'mh-fallback', 'flag-2', 'sh-port', 'mh-port', 'flag-3'] as const;
/** Schedulers whose flags ipvsadm has names for; it forgets their third (`print_sched_flags`). */
const named = ['sh', 'mh'];

/**
 * A service's flags for its scheduler, in the order and by the names that ipvsadm has for them.
 * @param all `flag-3` of sh and mh too, which ipvsadm sets but never prints
 */
export function schedulerFlagNames({ flags, scheduler }: Pick<Service, 'flags' | 'scheduler'>, all = false): string[] {
  const forgotten = all || !named.includes(scheduler) ? undefined : 'flag-3';
  return schedulerFlags.filter((flag) => flags[flag] && flag !== forgotten);
}

/** The mask of persistence as ipvsadm prints it: none where every client stands for itself. */
export function maskText({ netmask, prefixLength }: Persistence): string | undefined {
  const mask = String(netmask ?? prefixLength ?? 'none');
  return ['none', '255.255.255.255', '128'].includes(mask) ? undefined : mask;
}
