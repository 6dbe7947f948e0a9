import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { assertInteger, assertName } from '../../errors/validate.ts';
import { familyOf, isMulticast } from '../../linux/address.ts';
import type { Infer } from '../../netlink/index.ts';
import type { daemon } from '../wire/tables.ts';
import { present } from './validate.ts';

/** State of a sync daemon (`IP_VS_STATE_*`): a master sends the connections of this machine, a backup takes a master's. */
export type DaemonState = 'master' | 'backup';

/**
 * A sync daemon to start: a thread of the kernel that keeps the connection tables of two machines alike, by multicast
 * (`ip_vs_sync.c`, `start_sync_thread`). One of each state may run in a network namespace.
 */
export interface DaemonSpec {
  /** Role of the daemon: to send or to receive. */
  readonly state: DaemonState;
  /** Network interface for the multicasts, by name, 1 to 15 characters. */
  readonly interface: string;
  /**
   * Number that a master puts into its messages, 0 to 255. A backup takes those with its own number, with 0 all
   * (`ip_vs_process_message`). Default 0.
   */
  readonly syncId?: number | undefined;
  /**
   * Payload of a message in bytes, 1 to 65507, or to 65487 with an IPv6 group; the kernel raises it to 1024 for a backup.
   * Default: what fits into 1500 bytes, for a backup what fits into the interface's MTU. Since Linux 4.3.
   */
  readonly maxLength?: number | undefined;
  /** Multicast group, IPv4 or IPv6. Default `'224.0.0.81'`. Since Linux 4.3. */
  readonly group?: string | undefined;
  /** UDP port of the group, 1 to 65535. Default 8848. Since Linux 4.3. */
  readonly port?: number | undefined;
  /** Hops that a message may take, 1 to 255. Default 1. Since Linux 4.3. */
  readonly ttl?: number | undefined;
}

/**
 * A running sync daemon, with the values that the kernel put in force (`ip_vs_ctl.c`, `ip_vs_genl_fill_daemon`). It is a
 * spec as well.
 */
export interface Daemon extends DaemonSpec {
  /** Number that a master puts into its messages, and that a backup takes; 0 for all. */
  readonly syncId: number;
  /** Payload of a message in bytes; 0 before Linux 4.3, which does not tell. */
  readonly maxLength: number;
  /** Multicast group, IPv4 or IPv6. */
  readonly group: string;
  /** UDP port of the group. */
  readonly port: number;
  /** Hops that a message may take. */
  readonly ttl: number;
}

type DaemonFields = Infer<typeof daemon>;

const PROPERTIES = ['state', 'interface', 'syncId', 'maxLength', 'group', 'port', 'ttl'];

/** The attributes of a sync daemon. Throws InputError. */
export function encodeDaemon(spec: DaemonSpec): DaemonFields {
  assertKnownProperties('daemon', spec, PROPERTIES);
  const { syncId = 0, maxLength, group, port, ttl } = spec;
  const inet6 = group !== undefined && multicastFamily(group) === 'inet6';
  const integer = (name: string, value: number | undefined, max: number, unit?: string) =>
    value === undefined ? undefined : assertInteger(`daemon.${name}`, value, 1, max, unit);
  return {
    state: validateDaemonState(spec.state),
    interface: assertName('daemon.interface', spec.interface, 15),
    syncId: assertInteger('daemon.syncId', syncId, 0, 0xff),
    maxLength: integer('maxLength', maxLength, inet6 ? 65487 : 65507, 'bytes'),
    [inet6 ? 'group6' : 'group4']: group,
    port: integer('port', port, 0xffff),
    ttl: integer('ttl', ttl, 0xff),
  };
}

/** Throws InputError unless `state` is that of a sync daemon. */
export function validateDaemonState(state: DaemonState): DaemonState {
  if (state !== 'master' && state !== 'backup')
    throw new InputError("must be 'master' or 'backup'", state, 'daemon.state');
  return state;
}

function multicastFamily(group: string): 'inet' | 'inet6' {
  const family = familyOf(group);
  if (family && isMulticast(group)) return family;
  throw new InputError('must be a multicast address, 224.0.0.0/4 or ff00::/8', group, 'daemon.group');
}

/** A sync daemon that the kernel sent. Before Linux 4.3 group, port and hops were constants, and not sent. Throws WireError. */
export function decodeDaemon(fields: DaemonFields): Daemon {
  const { group4 = '224.0.0.81', group6, port = 8848, ttl = 1, maxLength = 0 } = fields;
  return {
    state: present('daemon.state', fields.state) as DaemonState,
    interface: present('daemon.interface', fields.interface),
    syncId: present('daemon.syncId', fields.syncId),
    maxLength,
    group: group6 ?? group4,
    port,
    ttl,
  };
}
