import type { CallOptions, Family } from '../../netlink/index.ts';
import { listErrors } from '../errors/describe-request.ts';
import type { Destination } from '../model/destination.ts';
import type { ServiceFields } from '../model/service-key.ts';
import { commands, type readSettings } from '../wire/commands.ts';
import type { CommandFields } from '../wire/fields.ts';
import { decodeDestinationReply } from './decode-reply.ts';
import { list } from './listing.ts';

type GetDest = typeof commands.getDest | typeof readSettings.destinations;

/** What the kernel lists of a service's destinations: nothing, too, when there is no such service. */
export function dumpDestinations(
  family: Family,
  service: ServiceFields,
  onDatagram: () => void,
  { signal }: CallOptions = {},
): Promise<Destination[]> {
  return dump(family, commands.getDest, service, decodeDestinationReply, onDatagram, signal);
}

/** The destinations of a service, which must exist. */
export async function listDestinations<T>(
  family: Family,
  getDest: GetDest,
  service: ServiceFields,
  map: (reply: CommandFields, request: CommandFields) => T,
  onDatagram: () => void,
  { signal }: CallOptions = {},
): Promise<T[]> {
  const destinations = await dump(family, getDest, service, map, onDatagram, signal);
  // The kernel lists nothing both for an empty service and for none (ip_vs_genl_dump_dests): ask which it was.
  if (destinations.length === 0)
    await family.request(commands.getService, { service }, undefined, { signal, ...listErrors });
  return destinations;
}

function dump<T>(
  family: Family,
  getDest: GetDest,
  service: ServiceFields,
  map: (reply: CommandFields, request: CommandFields) => T,
  onDatagram: () => void,
  signal: CallOptions['signal'],
): Promise<T[]> {
  return list(family, getDest, { service }, map, onDatagram, { signal, mapError: listErrors.mapError });
}
