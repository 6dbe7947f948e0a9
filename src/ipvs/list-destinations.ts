import type { CallOptions, Family } from '../netlink/index.ts';
import { commands } from './commands.ts';
import { type CommandFields, explained } from './replies.ts';
import { describeService, type ServiceKey, writeServiceKey } from './service-key.ts';

/** What the kernel lists of a service's destinations: nothing, too, when there is no such service. */
export async function dumpDestinations<T>(
  family: Family,
  of: ServiceKey,
  map: (reply: CommandFields) => T,
  options: CallOptions = {},
): Promise<T[]> {
  return family.dump(commands.getDest, { service: writeServiceKey(of) }, map, { ...options, ...explainedList(of) });
}

/** The destinations of a service, which must exist. */
export async function listDestinations<T>(
  family: Family,
  of: ServiceKey,
  map: (reply: CommandFields) => T,
  options: CallOptions = {},
): Promise<T[]> {
  const destinations = await dumpDestinations(family, of, map, options);
  // The kernel lists nothing both for an empty service and for none (ip_vs_genl_dump_dests): ask which it was.
  if (destinations.length === 0)
    await family.ask(commands.getService, { service: writeServiceKey(of) }, undefined, {
      ...options,
      ...explainedList(of),
    });
  return destinations;
}

function explainedList(of: ServiceKey): CallOptions {
  return explained(() => `list the destinations of service ${describeService(of)}`);
}
