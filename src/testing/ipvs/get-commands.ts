import { commands } from '../../ipvs/wire/commands.ts';
import { command, info } from '../../ipvs/wire/tables.ts';
import type { ExtendedAck } from '../netlink/attributes.ts';
import { Refused } from '../netlink/refused.ts';
import type { Answer, Listing, Request } from '../netlink/request.ts';
import type { RealServer } from '../servers/real-server.ts';
import type { Namespace } from '../state/namespace.ts';
import type { SyncDaemon } from '../state/sync-daemon.ts';
import type { VirtualService } from '../state/virtual-service.ts';
import { fillDaemon, fillDestination, fillService } from './fill.ts';
import { commandPolicy } from './policies.ts';
import { type CommandAttributes, existingService } from './service-commands.ts';

/** SET_INFO, which is only the command of a reply. */
const SET_INFO = 14;

/** IP_VS_VERSION_CODE: 1.2.1. */
const VERSION = 0x010201;

/** GET_SERVICE of one service (ip_vs_ctl.c, ip_vs_genl_get_cmd). */
export function getService(namespace: Namespace, request: CommandAttributes): Answer {
  const service = existingService(namespace, request);
  return { command: commands.newService.command, fill: (to) => fillService(to, service) };
}

/** GET_CONFIG. */
export function getConfig({ timeouts }: Namespace): Answer {
  return { command: commands.setConfig.command, fill: (to) => command.write(to, timeouts, {}) };
}

/** GET_INFO. */
export function getInfo({ connectionTableSize }: Namespace): Answer {
  return { command: SET_INFO, fill: (to) => info.write(to, { version: VERSION, connectionTableSize }, {}) };
}

/** GET_SERVICE as a dump; the attributes of the request do not matter (ip_vs_ctl.c, ip_vs_genl_dump_services). */
export function listServices({ services }: Namespace): Listing<VirtualService> {
  return { command: commands.newService.command, entries: services.list(), fill: fillService };
}

/** GET_DEST. What cannot be listed has no destinations: the kernel never says why (ip_vs_ctl.c, ip_vs_genl_dump_dests). */
export function listDestinations(namespace: Namespace, request: Request, ack: ExtendedAck): Listing<RealServer> {
  const { command } = commands.newDest;
  try {
    const { destinations } = existingService(namespace, request.parse(commandPolicy, ack));
    return { command, entries: destinations.list(), fill: fillDestination };
  } catch (error) {
    if (error instanceof Refused) return { command, entries: [], fill: fillDestination };
    throw error;
  }
}

/** GET_DAEMON, the master first; it remembers which of the two it has sent (ip_vs_ctl.c, ip_vs_genl_dump_daemons). */
export function listDaemons({ master, backup }: Namespace): Listing<SyncDaemon> {
  const running = [master, backup].filter((daemon) => daemon !== undefined);
  return { command: commands.newDaemon.command, entries: running, idOf: ({ state }) => state, fill: fillDaemon };
}
