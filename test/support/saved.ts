import type { DestinationSpec, ServiceSpec } from '../../src/ipvs/index.ts';
import { familyOf } from './arbitrary.ts';

/**
 * What `ipvsadm -Sn` prints for a service and its destinations, by its own source (ipvsadm 1.31, print_service_entry and
 * the functions around it). It prints no thresholds and, of the flags, `flag-3` not for sh and mh.
 */
export function saved(service: ServiceSpec, destinations: readonly DestinationSpec[]): string[] {
  const name = serviceName(service);
  const { scheduler = 'wlc', persistence, flags = {} } = service;
  const whole = familyOf(service) === 'inet6' ? 128 : '255.255.255.255';
  const mask = persistence?.netmask ?? persistence?.prefixLength ?? whole;
  const names = Object.keys(flags).filter((flag) => flag !== 'one-packet');
  const line = [
    `-A ${name} -s ${scheduler}`,
    persistence && `-p ${persistence.timeout ?? 360}`,
    persistence && mask !== whole && `-M ${mask}`,
    persistence?.engine && `--pe ${persistence.engine}`,
    flags['one-packet'] && '-o',
    names.length > 0 && `-b ${names.join(',')}`,
  ];
  return [words(line), ...destinations.map((destination) => destinationLine(name, destination))];
}

function serviceName(service: ServiceSpec): string {
  if ('fwmark' in service) return `-f ${service.fwmark}${service.family === 'inet6' ? ' -6' : ''}`;
  const option = { tcp: '-t', udp: '-u', sctp: '--sctp-service' }[service.protocol as string];
  return `${option} ${endpoint(service)}`;
}

function destinationLine(name: string, { forwarding, weight = 1, ...key }: DestinationSpec): string {
  const way = forwarding === 'masquerade' ? '-m' : forwarding === 'direct-route' ? '-g' : '-i';
  const line = [`-a ${name} -r ${endpoint(key)} ${way} -w ${weight}`];
  if (typeof forwarding !== 'object') return words(line);
  const { tunnel, port, checksum } = { port: undefined, checksum: undefined, ...forwarding };
  return words([
    ...line,
    `--tun-type ${tunnel}`,
    port && `--tun-port ${port}`,
    tunnel !== 'ipip' && `--tun-${checksum ?? 'nocsum'}`,
  ]);
}

function endpoint({ address, port }: { address: string; port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function words(parts: readonly (string | number | false | undefined)[]): string {
  return parts.filter(Boolean).join(' ');
}
