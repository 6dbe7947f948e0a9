import type { Destination } from '../ipvs/model/destination.ts';
import type { Service } from '../ipvs/model/service.ts';

/** Labels of a series, which all metrics of an entry share. */
export type Labels = Readonly<Record<string, string>>;

/** A service as node_exporter labels it: as `/proc/net/ip_vs` writes the protocol and the mark. */
export function nodeServiceLabels(service: Service): Labels {
  const mark = service.fwmark;
  if (mark === undefined)
    return {
      local_address: service.address,
      local_port: `${service.port}`,
      proto: service.protocol.toUpperCase(),
      local_mark: '',
    };
  const hex = mark.toString(16).toUpperCase().padStart(8, '0');
  return { local_address: '', local_port: '0', proto: 'FWM', local_mark: hex };
}

/** The same with the family, as services of both families may have the same mark. */
export function serviceLabels(service: Service): Labels {
  const family = service.fwmark === undefined ? (service.address.includes(':') ? 'inet6' : 'inet') : service.family;
  return joined(nodeServiceLabels(service), { family });
}

export function withDestination(labels: Labels, { address, port }: Destination): Labels {
  return joined(labels, { remote_address: address, remote_port: `${port}` });
}

/** V8 11 gives each `{ ...some, another }` a hidden class of its own, which takes a hundred times as long. */
export function joined(some: Labels, others: Labels): Labels {
  return Object.assign({}, some, others);
}
