import type { CallOptions, Family } from '../netlink/index.ts';
import { explainedAsList } from './actions.ts';
import { commands } from './commands.ts';
import type { CommandFields } from './replies.ts';
import { type ServiceKey, writeServiceKey } from './service-key.ts';

const { explain } = explainedAsList;

/** What the kernel lists of a service's destinations: nothing, too, when there is no such service. */
export function dumpDestinations<T>(
  family: Family,
  of: ServiceKey,
  map: (reply: CommandFields) => T,
  { signal }: CallOptions = {},
): Promise<T[]> {
  return family.dump(commands.getDest, { service: writeServiceKey(of) }, map, { signal, explain });
}

/** The destinations of a service, which must exist. */
export async function listDestinations<T>(
  family: Family,
  of: ServiceKey,
  map: (reply: CommandFields) => T,
  { signal }: CallOptions = {},
): Promise<T[]> {
  const destinations = await dumpDestinations(family, of, map, { signal });
  // The kernel lists nothing both for an empty service and for none (ip_vs_genl_dump_dests): ask which it was.
  if (destinations.length === 0)
    await family.ask(commands.getService, { service: writeServiceKey(of) }, undefined, { signal, explain });
  return destinations;
}
