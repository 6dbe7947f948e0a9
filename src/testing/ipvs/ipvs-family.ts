import { commands, FAMILY } from '../../ipvs/wire/commands.ts';
import type { ExtendedAck } from '../netlink/attributes.ts';
import {
  GENL_ADMIN_PERM,
  GENL_CMD_CAP_DO,
  GENL_CMD_CAP_DUMP,
  type KernelFamily,
  type KernelOperation,
} from '../netlink/generic/family.ts';
import type { Answer, Listing, Request } from '../netlink/request.ts';
import type { Namespace } from '../state/namespace.ts';
import { delDaemon, newDaemon } from './daemon-commands.ts';
import { delDest, newDest, setDest } from './destination-commands.ts';
import { getConfig, getInfo, getService, listDaemons, listDestinations, listServices } from './get-commands.ts';
import { commandPolicy } from './policies.ts';
import { type CommandAttributes, delService, flush, newService, setService, zero } from './service-commands.ts';
import { setConfig } from './set-config.ts';

/** One command: what it does, what it answers, or what it lists. */
interface IpvsOperation {
  readonly operation: KernelOperation['operation'];
  readonly tell?: (namespace: Namespace, attributes: CommandAttributes, ack: ExtendedAck) => void;
  readonly ask?: (namespace: Namespace, attributes: CommandAttributes) => Answer;
  readonly dump?: (namespace: Namespace, request: Request, ack: ExtendedAck) => Listing;
}

/** `ip_vs_genl_ops`, net/netfilter/ipvs/ip_vs_ctl.c. */
const operations: readonly IpvsOperation[] = [
  { operation: commands.newService, tell: newService },
  { operation: commands.setService, tell: setService },
  { operation: commands.delService, tell: delService },
  { operation: commands.getService, ask: getService, dump: listServices },
  { operation: commands.newDest, tell: newDest },
  { operation: commands.setDest, tell: setDest },
  { operation: commands.delDest, tell: delDest },
  { operation: commands.getDest, dump: listDestinations },
  { operation: commands.newDaemon, tell: newDaemon },
  { operation: commands.delDaemon, tell: delDaemon },
  { operation: commands.getDaemon, dump: listDaemons },
  { operation: commands.setConfig, tell: setConfig },
  { operation: commands.getConfig, ask: getConfig },
  { operation: commands.getInfo, ask: getInfo },
  { operation: commands.zero, tell: zero },
  { operation: commands.flush, tell: flush },
];

/** The IPVS family of a namespace (ip_vs_ctl.c, ip_vs_genl_family). */
export function ipvsFamily(namespace: Namespace): KernelFamily {
  return {
    id: namespace.traits.familyId,
    name: FAMILY,
    version: 1,
    maxAttribute: 6,
    strictFrom: commands.flush.command + 1,
    operations: operations.map((each) => bind(namespace, each)),
    groups: [],
  };
}

function bind(namespace: Namespace, { operation, tell, ask, dump }: IpvsOperation): KernelOperation {
  const does = tell || ask;
  const unused = dump && !namespace.traits.splitOperations;
  return {
    operation,
    flags: GENL_ADMIN_PERM | (does ? GENL_CMD_CAP_DO : 0) | (dump ? GENL_CMD_CAP_DUMP : 0),
    policies: { ...(does && { perform: commandPolicy }), ...(unused && { unused: commandPolicy }) },
    ...(does && {
      perform(request: Request) {
        const attributes = request.parse(commandPolicy);
        tell?.(namespace, attributes, request.ack);
        return ask?.(namespace, attributes);
      },
    }),
    ...(dump && { dump: (request: Request, ack: ExtendedAck) => dump(namespace, request, ack) }),
  };
}
