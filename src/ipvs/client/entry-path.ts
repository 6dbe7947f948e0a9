import { canonicalAddress, type EndpointId, endpointId } from '../../linux/address.ts';
import type { DestinationFields } from '../model/destination.ts';
import { type Protocol, protocolNumber, type ServiceFields } from '../model/service-key.ts';
import type { CommandFields } from '../wire/fields.ts';
import type { Path } from './path-queue.ts';

/** What identifies a destination within its service. */
export type DestinationId = EndpointId;

/** The two parts of a service: its destinations, and all else that it is set up with. */
const DESTINATIONS = 'destinations';
const SETTINGS = 'settings';

/** What identifies a service, the same however its address and protocol were written. */
export function serviceIdOf({ family, protocol, address = '', port, fwmark }: ServiceFields): string {
  if (fwmark !== undefined) return `${family} ${fwmark}`;
  return `${protocolNumber(protocol as Protocol)} ${canonicalAddress(address)} ${port}`;
}

/** What identifies a destination within its service, the same however its address was written. */
export function destinationIdOf({ address = '', port = 0 }: DestinationFields): DestinationId {
  return endpointId(address, port);
}

/** What a request writes, as a path in the table: a service, its destinations, or all. */
export function entryPath({ service, destination }: CommandFields): Path {
  if (!service) return [];
  const id = serviceIdOf(service);
  return destination ? destinationsPath(id) : [id];
}

/** The destinations of the service with this identity, as a path in the table. */
export function destinationsPath(serviceId: string): Path {
  return [serviceId, DESTINATIONS];
}

/** A service without its destinations, as a path in the table. */
export function settingsPath(service: ServiceFields): Path {
  return [serviceIdOf(service), SETTINGS];
}
