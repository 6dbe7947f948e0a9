import { forwardingMethod, tunnelType } from '../../ipvs/wire/tables.ts';
import { Refused } from '../netlink/refused.ts';
import { type DestinationIdentity, type DestinationSetup, RealServer } from '../servers/real-server.ts';
import type { Namespace } from '../state/namespace.ts';
import type { VirtualService } from '../state/virtual-service.ts';
import { identify, parseDestination, parseDestinationSetup } from './parse-destination.ts';
import { type CommandAttributes, existingService } from './service-commands.ts';

const MAX_INT = 0x7fffffff;

/** A parsed NEW_DEST or SET_DEST. */
interface DestinationRequest {
  readonly service: VirtualService;
  readonly identity: DestinationIdentity;
  readonly setup: DestinationSetup;
}

/** NEW_DEST (ip_vs_ctl.c, ip_vs_add_dest): one from the trash needs no good address. */
export function newDest(namespace: Namespace, request: CommandAttributes): void {
  const { service, identity, setup } = parseFull(namespace, request);
  if (find(service, identity)) throw new Refused('EEXIST');
  const recalled = namespace.recallDestination(service, identity);
  if (!recalled && !namespace.network.accepts(identity.family, identity.address)) throw new Refused('EINVAL');
  const destination = recalled ?? new RealServer(identity, setup, service, namespace.thresholdRules);
  destination.configure(setup, true);
  namespace.addDestination(destination);
}

/** SET_DEST (ip_vs_ctl.c, ip_vs_edit_dest). */
export function setDest(namespace: Namespace, request: CommandAttributes): void {
  const { service, identity, setup } = parseFull(namespace, request);
  const destination = find(service, identity);
  if (!destination) throw new Refused('ENOENT');
  destination.configure(setup, false);
  service.scheduling?.updated?.();
}

/** DEL_DEST (ip_vs_ctl.c, ip_vs_del_dest). */
export function delDest(namespace: Namespace, request: CommandAttributes): void {
  const service = existingService(namespace, request);
  const identity = identify(parseDestination(request.destination), service.identity.family);
  const destination = find(service, identity);
  if (!destination) throw new Refused('ENOENT');
  namespace.removeDestination(destination);
}

function find(service: VirtualService, identity: DestinationIdentity): RealServer | undefined {
  return service.destinations.find(identity);
}

function parseFull(namespace: Namespace, request: CommandAttributes): DestinationRequest {
  const service = existingService(namespace, request);
  const named = parseDestination(request.destination);
  const setup = parseDestinationSetup(named);
  const identity = identify(named, service.identity.family);
  if (identity.family !== service.identity.family) checkForeign(namespace, setup);
  checkSetup(namespace, setup);
  return { service, identity, setup };
}

/** The sync protocol and all ways of forwarding but tunnels know one family (ip_vs_ctl.c, ip_vs_genl_set_cmd). */
function checkForeign({ master, backup }: Namespace, { forwarding }: DestinationSetup): void {
  if (master || backup || forwarding !== forwardingMethod.names.tunnel) throw new Refused('EINVAL');
}

/** ip_vs_ctl.c, ip_vs_add_dest and ip_vs_edit_dest. */
function checkSetup({ traits }: Namespace, setup: DestinationSetup): void {
  if (setup.weight > MAX_INT || setup.lowerThreshold > setup.upperThreshold) throw new Refused('ERANGE');
  if (traits.checksUpperThreshold && setup.upperThreshold > MAX_INT) throw new Refused('EINVAL');
  if (setup.tunnelType === tunnelType.names.gue && setup.tunnelPort === 0) throw new Refused('EINVAL');
}
