import { endpointId } from '../../linux/address.ts';
import type { Destination } from '../model/destination.ts';
import type { Service } from '../model/service.ts';
import type { Identity } from './listing.ts';

/** Tells services apart, as the kernel wrote their addresses. */
export const services: Identity<Service> = {
  what: 'the services',
  idOf(service) {
    if ('fwmark' in service) return `${service.family} ${service.fwmark}`;
    return `${service.protocol} ${endpointId(service.address, service.port)}`;
  },
  mayRepeat: sharesAddress,
};

/** Tells the destinations of a service apart. */
export const destinations: Identity<Destination> = {
  what: 'the destinations',
  idOf: ({ address, port }) => endpointId(address, port),
  mayRepeat: sharesAddress,
};

/** Mostly each entry has its own address, which is compared faster than an address with a port. */
function sharesAddress(entries: readonly { readonly address?: string | undefined }[]): boolean {
  const addresses = new Set<string | undefined>();
  for (const { address } of entries) addresses.add(address);
  return addresses.size < entries.length;
}
