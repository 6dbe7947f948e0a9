import type { Attribute, ExtendedAck } from '../netlink/attributes.ts';
import { Refused } from '../netlink/refused.ts';
import { AF_INET, AF_INET6 } from '../servers/address.ts';
import type { Namespace } from '../state/namespace.ts';
import { BACKUP, configureDaemon, isMulticast, MASTER, type SyncDaemonRequest } from '../state/sync-daemon.ts';
import { parseNest } from './parse-service.ts';
import { daemonPolicy } from './policies.ts';
import type { CommandAttributes } from './service-commands.ts';

/** NEW_DAEMON (ip_vs_ctl.c, ip_vs_genl_new_daemon; ip_vs_sync.c, start_sync_thread). */
export function newDaemon(namespace: Namespace, request: CommandAttributes, ack: ExtendedAck): void {
  const asked = parseDaemon(request.daemon, ack);
  if (namespace.foreigners > 0) throw new Refused('EINVAL');
  // The connection table comes first, and stays though the daemon is refused.
  if (asked.state === BACKUP) namespace.needConnections();
  const daemon = configureDaemon(asked, namespace.network);
  if (asked.state !== MASTER && asked.state !== BACKUP) throw new Refused('EINVAL');
  if (asked.state === MASTER ? namespace.master : namespace.backup) throw new Refused('EEXIST');
  const unreachable = asked.state === MASTER && namespace.network.unreachable(daemon.interface, daemon.group);
  if (unreachable) throw new Refused(unreachable);
  if (asked.state === MASTER) namespace.master = daemon;
  else namespace.backup = daemon;
}

/** DEL_DAEMON (ip_vs_ctl.c, ip_vs_genl_del_daemon; ip_vs_sync.c, stop_sync_thread). */
export function delDaemon(namespace: Namespace, request: CommandAttributes, ack: ExtendedAck): void {
  const { state } = parseNest(request.daemon, (nest) => nest.nested(daemonPolicy, ack));
  const role = ({ [MASTER]: 'master', [BACKUP]: 'backup' } as const)[state?.u32() ?? 0];
  if (!role) throw new Refused('EINVAL');
  if (!namespace[role]) throw new Refused('ESRCH');
  namespace[role] = undefined;
}

function parseDaemon(nest: Attribute | undefined, ack: ExtendedAck): SyncDaemonRequest {
  const attributes = parseNest(nest, (given) => given.nested(daemonPolicy, ack));
  const { state, interface: link, syncId, maxLength, group4, group6, port, ttl } = attributes;
  if (!state || !link || !syncId) throw new Refused('EINVAL');
  const group = parseGroup(group4, AF_INET) ?? parseGroup(group6, AF_INET6);
  return {
    state: state.u32(),
    interface: link.text(),
    syncId: syncId.u32(),
    maxLength: maxLength?.u16() ?? 0,
    group,
    port: port?.u16() ?? 0,
    ttl: ttl?.u8() ?? 0,
  };
}

function parseGroup(attribute: Attribute | undefined, family: number): Buffer | undefined {
  const group = attribute?.bytes(family === AF_INET6 ? 16 : 4);
  if (group && !isMulticast(family, group)) throw new Refused('EINVAL');
  return group;
}
