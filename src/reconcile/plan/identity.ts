import { serviceIdOf } from '../../ipvs/client/entry-path.ts';
import type { DestinationKey } from '../../ipvs/model/destination.ts';
import { encodeServiceKey, type ServiceKey } from '../../ipvs/model/service-key.ts';
import { type EndpointId, endpointId } from '../../linux/address.ts';

/** Text that is the same for every way to write the key of a service. Throws InputError for a key that names none. */
export function serviceId(key: ServiceKey): string {
  return serviceIdOf(encodeServiceKey(key));
}

/** The same for every way to write the key of a destination, within its service. The address must be valid. */
export function destinationId({ address, port }: DestinationKey): EndpointId {
  return endpointId(address, port);
}

/** The key alone of a service. */
export function serviceKeyOf(service: ServiceKey): ServiceKey {
  if (service.fwmark === undefined) {
    const { protocol, address, port } = service;
    return { protocol, address, port };
  }
  const { fwmark, family = 'inet' } = service;
  return { fwmark, family };
}

/** The key alone of a destination. */
export function destinationKeyOf({ address, port }: DestinationKey): DestinationKey {
  return { address, port };
}
