import { InputError } from '../../errors/input-error.ts';
import { joinPath } from '../../errors/join-path.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { assertIterable, assertObject } from '../../errors/validate.ts';
import { serviceIdOf } from '../../ipvs/client/entry-path.ts';
import { type DestinationSpec, encodeDestination } from '../../ipvs/model/destination.ts';
import { encodeService, type ServiceSpec } from '../../ipvs/model/service.ts';
import type { ServiceFields } from '../../ipvs/model/service-key.ts';
import type { EndpointId } from '../../linux/address.ts';
import { destinationId } from './identity.ts';

/** A service and all of its destinations, as they are wanted; a table entry that was read is one as well. */
export interface TableEntrySpec {
  /** The service; a setting that is left out is wanted with its default. */
  readonly service: ServiceSpec;
  /** All of its destinations, none of them twice. */
  readonly destinations: readonly DestinationSpec[];
}

/** A wanted entry that is known to be valid. */
export interface DesiredEntry {
  readonly service: ServiceSpec;
  readonly fields: ServiceFields;
  readonly destinations: readonly DestinationSpec[];
  /** The {@link destinationId} of each destination; none is there twice. */
  readonly ids: readonly EndpointId[];
}

/**
 * The wanted entries by their `serviceId`. Throws InputError for an invalid entry, for one that is out of scope and for
 * one that is there twice; `path` is the entry's, such as `desired[3].destinations[0].weight`.
 */
export function indexDesired(
  desired: Iterable<TableEntrySpec>,
  isOurs: (service: ServiceSpec) => boolean,
): Map<string, DesiredEntry> {
  assertIterable('desired', desired, 'entries');
  const entries = new Map<string, DesiredEntry>();
  let index = 0;
  for (const entry of desired) {
    const { fields, ids } = checkEntry(entry, index, isOurs);
    const id = serviceIdOf(fields);
    if (entries.has(id)) throw new InputError(TWICE, entry.service, `desired[${index}].service`);
    entries.set(id, { service: entry.service, fields, destinations: entry.destinations, ids });
    index++;
  }
  return entries;
}

const TWICE = 'must not be listed twice';

function checkEntry(
  entry: TableEntrySpec,
  index: number,
  isOurs: (service: ServiceSpec) => boolean,
): { fields: ServiceFields; ids: EndpointId[] } {
  // What an error speaks of; put together only then, since this is done for every entry of every plan.
  let part: number | undefined;
  try {
    assertObject('', entry);
    assertKnownProperties('', entry, ['service', 'destinations']);
    const { service, destinations } = entry;
    const fields = encodeService(service);
    if (!isOurs(service)) throw new InputError('must be in scope', service, 'service');
    if (!Array.isArray(destinations)) throw new InputError('must be an array', destinations, 'destinations');
    const ids: EndpointId[] = [];
    for (part = 0; part < destinations.length; part++) {
      encodeDestination(destinations[part], fields.family);
      ids.push(destinationId(destinations[part]));
    }
    part = new Set(ids).size < ids.length ? ids.findIndex((id, i) => ids.indexOf(id) < i) : undefined;
    if (part !== undefined) throw new InputError(TWICE, destinations[part], 'destination');
    return { fields, ids };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const path = part === undefined ? error.path : error.path.replace('destination', `destinations[${part}]`);
    throw new InputError(error.rule, error.value, joinPath(`desired[${index}]`, path));
  }
}
