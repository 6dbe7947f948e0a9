import type { CallOptions, Family, Operation } from '../../netlink/index.ts';
import { listErrors } from '../errors/describe-request.ts';
import { withFamily } from '../model/destination.ts';
import type { ServiceFields } from '../model/service-key.ts';
import { commands } from '../wire/commands.ts';
import type { CommandFields } from '../wire/fields.ts';
import type { command, settings } from '../wire/tables.ts';

const { mapError } = listErrors;

/** GET_DEST, whatever is read of its replies. */
type GetDest = Operation<(typeof command)['rows'], (typeof command | typeof settings)['rows']>;

/** What the kernel lists of a service's destinations: nothing, too, when there is no such service. */
export function dumpDestinations<T>(
  family: Family,
  getDest: GetDest,
  service: ServiceFields,
  map: (reply: CommandFields) => T,
  { signal }: CallOptions = {},
): Promise<T[]> {
  return family.dump(getDest, { service }, (reply) => map(completed(reply, service)), { signal, mapError });
}

function completed(reply: CommandFields, service: ServiceFields): CommandFields {
  if (!reply.destination || reply.destination.family !== undefined) return reply;
  return { ...reply, destination: withFamily(reply.destination, service) };
}

/** The destinations of a service, which must exist. */
export async function listDestinations<T>(
  family: Family,
  getDest: GetDest,
  service: ServiceFields,
  map: (reply: CommandFields) => T,
  { signal }: CallOptions = {},
): Promise<T[]> {
  const destinations = await dumpDestinations(family, getDest, service, map, { signal });
  // The kernel lists nothing both for an empty service and for none (ip_vs_genl_dump_dests): ask which it was.
  if (destinations.length === 0)
    await family.request(commands.getService, { service }, undefined, { signal, mapError });
  return destinations;
}
