import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { type DestinationSpec, encodeDestination } from '../../ipvs/model/destination.ts';
import { encodeService, type ServiceSpec } from '../../ipvs/model/service.ts';
import type { AddressFamily } from '../../ipvs/model/service-key.ts';
import { assertObject } from '../../ipvs/model/validate.ts';
import type { EndpointId } from '../../ipvs/wire/address.ts';
import { destinationId, serviceId } from './identity.ts';

/** A service and all of its destinations, as they are wanted; a table entry that was read is one as well. */
export interface TableEntrySpec {
  readonly service: ServiceSpec;
  readonly destinations: readonly DestinationSpec[];
}

/** A wanted entry that is known to be valid. */
export interface DesiredEntry {
  readonly service: ServiceSpec;
  readonly family: AddressFamily;
  readonly destinations: ReadonlyMap<EndpointId, DestinationSpec>;
}

/**
 * The wanted entries by {@link serviceId}. Throws InputError for an invalid entry, for one that is out of scope and for
 * one that is there twice; `path` is the entry's, such as `desired[3].destinations[0].weight`.
 */
export function indexDesired(
  desired: Iterable<TableEntrySpec>,
  isOurs: (service: ServiceSpec) => boolean,
): Map<string, DesiredEntry> {
  const entries = new Map<string, DesiredEntry>();
  let index = 0;
  for (const entry of desired) {
    const path = `desired[${index++}]`;
    assertObject(path, entry);
    assertKnownProperties(path, entry, ['service', 'destinations']);
    const { service } = entry;
    const { family } = inside(path, 'service', () => encodeService(service));
    if (!isOurs(service)) throw new InputError('must be in scope', service, `${path}.service`);
    const id = serviceId(service);
    if (entries.has(id)) throw new InputError('must not be listed twice', service, `${path}.service`);
    const destinations = indexDestinations(entry.destinations, family as AddressFamily, path);
    entries.set(id, { service, family: family as AddressFamily, destinations });
  }
  return entries;
}

function indexDestinations(
  destinations: readonly DestinationSpec[],
  family: AddressFamily,
  path: string,
): Map<EndpointId, DestinationSpec> {
  if (!Array.isArray(destinations)) throw new InputError('must be an array', destinations, `${path}.destinations`);
  const byId = new Map<EndpointId, DestinationSpec>();
  for (const [index, destination] of destinations.entries()) {
    const name = `destinations[${index}]`;
    inside(path, name, () => encodeDestination(destination, family));
    const id = destinationId(destination);
    if (byId.has(id)) throw new InputError('must not be listed twice', destination, `${path}.${name}`);
    byId.set(id, destination);
  }
  return byId;
}

/** Names the entry in an error that speaks of a `service` or `destination` alone. */
function inside<T>(path: string, name: string, validate: () => T): T {
  try {
    return validate();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.rule, error.value, error.path.replace(/^\w+/, `${path}.${name}`));
  }
}
