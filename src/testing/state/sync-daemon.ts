import { Refused } from '../netlink/refused.ts';
import { AF_INET6 } from '../servers/address.ts';
import type { Network } from './network.ts';

export const MASTER = 1;
export const BACKUP = 2;

/** 224.0.0.81, port 8848 (include/net/ip_vs.h, net/netfilter/ipvs/ip_vs_sync.c). */
const DEFAULT_GROUP = Buffer.from([224, 0, 0, 81]);
const DEFAULT_PORT = 8848;

/** The requested configuration of a sync daemon; 0 stands for the default. */
export interface SyncDaemonRequest {
  readonly state: number;
  readonly interface: string;
  readonly syncId: number;
  readonly maxLength: number;
  /** 4 or 16 bytes. */
  readonly group: Buffer | undefined;
  readonly port: number;
  readonly ttl: number;
}

/** `struct ipvs_sync_daemon_cfg` of a running daemon. */
export interface SyncDaemon extends SyncDaemonRequest {
  readonly group: Buffer;
}

/** Fills in what was left open (ip_vs_sync.c, start_sync_thread). Throws Refused. */
export function configureDaemon(asked: SyncDaemonRequest, network: Network): SyncDaemon {
  const mtu = network.mtu(asked.interface);
  if (mtu === undefined) throw new Refused('ENODEV');
  const group = asked.group ?? DEFAULT_GROUP;
  return {
    ...asked,
    group,
    port: asked.port || DEFAULT_PORT,
    ttl: asked.ttl || 1,
    maxLength: effectiveLength(asked, group, mtu),
  };
}

function effectiveLength({ state, maxLength }: SyncDaemonRequest, group: Buffer, mtu: number): number {
  const headers = group.length === 16 ? 48 : 28;
  const backup = state === BACKUP;
  if (maxLength === 0) return (backup ? clamp(mtu, 1500, 65535) : 1500) - headers;
  return clamp(maxLength, backup ? 1024 : 1, 65535 - headers);
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}

/** True if an address of 4 or 16 bytes is a multicast group. */
export function isMulticast(family: number, address: Buffer): boolean {
  const [first = 0] = address;
  return family === AF_INET6 ? first === 0xff : first >= 224 && first <= 239;
}
