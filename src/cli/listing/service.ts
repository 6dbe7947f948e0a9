import type { Service } from '../../ipvs/index.ts';
import { endpointText, maskText, schedulerFlagNames } from '../../rules/format/wording.ts';
import type { ReverseResolver } from '../../rules/index.ts';
import type { ListOptions } from './options.ts';
import { rateCells, totalCells } from './statistics.ts';

const protocols: Readonly<Record<string, string>> = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP' };

/** The line of a service. */
export function serviceRow(service: Service, { form, exact, names }: ListOptions): string {
  const name = nameOf(service, names);
  if (form === 'stats') return name.padEnd(33) + totalCells(service.statistics, exact);
  if (form === 'rate') return name.padEnd(33) + rateCells(service.statistics, exact);
  return name + describe(service);
}

/** ipvsadm cuts IPv4 services to 33 characters, and all names of addresses and ports to 59 (`addrport_to_anyname`). */
function nameOf(service: Service, names: ReverseResolver | undefined): string {
  if ('fwmark' in service) return `FWM  ${service.fwmark}${service.family === 'inet6' ? ' IPv6' : ''}`;
  const name = `${(protocols[service.protocol] ?? '?').padEnd(4)} `;
  const endpoint = endpointText(service, service.protocol, names);
  return endpoint.startsWith('[') ? name + endpoint.slice(0, 59) : (name + endpoint).slice(0, 33);
}

function describe(service: Service): string {
  const { scheduler, persistence, flags } = service;
  const own = schedulerFlagNames(service, true).length > 0 ? ` (${schedulerFlagNames(service).join(',')})` : '';
  const mask = persistence && maskText(persistence);
  const sticky = persistence ? ` persistent ${persistence.timeout}${mask ? ` mask ${mask}` : ''}` : '';
  const engine = persistence?.engine ? ` pe ${persistence.engine}` : '';
  return ` ${scheduler}${own}${sticky}${engine}${flags['one-packet'] ? ' ops' : ''}`;
}
