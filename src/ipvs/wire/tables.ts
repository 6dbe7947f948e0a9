import { inet4, inet6, unionAddress } from '../../netlink/codec/address.ts';
import {
  be16,
  bytes,
  enumOf,
  fallbackFor,
  optional,
  required,
  selectBy,
  struct,
  structOf,
  table,
  text,
  u8,
  u16,
  u32,
  u64,
  u64AsNumber,
  writeOnly,
} from '../../netlink/index.ts';
import { families, forwardingMethods, protocols, tunnelChecksums, tunnelTypes } from './numbers.ts';

/** Address family, by the kernel's `AF_*` numbers. */
export const family = enumOf(u16, families);

/** Transport protocol, by the kernel's `IPPROTO_*` numbers. */
export const protocol = enumOf(u16, protocols);

/** Forwarding method, `IP_VS_CONN_F_FWD_MASK` in include/uapi/linux/ip_vs.h. */
export const forwardingMethod = enumOf(u32, forwardingMethods);

/** Tunnel type, `IP_VS_CONN_F_TUNNEL_TYPE_*`. */
export const tunnelType = enumOf(u8, tunnelTypes);

/** Checksum of a tunnel's packets, `IP_VS_TUNNEL_ENCAP_FLAG_*`. */
export const tunnelChecksum = enumOf(u16, tunnelChecksums);

/** Role of a sync daemon, `IP_VS_STATE_*`. */
export const daemonState = enumOf(u32, { master: 1, backup: 2 });

/** `struct ip_vs_flags`: the bits of `flags` that `mask` selects; all others stay. */
export const ip_vs_flags = struct('ip_vs_flags', { flags: 'u32', mask: 'u32' });

/** An address of the family that the attribute set names. */
const address = selectBy('family', { inet: inet4, inet6 }, inet4);

/** `IPVS_STATS_ATTR_*` as `IPVS_*_ATTR_STATS` carries them: 32 bits, but for the bytes. */
export const statistics32 = table('statistics32', {
  connections: required(1, u32),
  incomingPackets: required(2, u32),
  outgoingPackets: required(3, u32),
  incomingBytes: required(4, u64),
  outgoingBytes: required(5, u64),
  connectionsPerSecond: required(6, u32),
  incomingPacketsPerSecond: required(7, u32),
  outgoingPacketsPerSecond: required(8, u32),
  incomingBytesPerSecond: required(9, u32),
  outgoingBytesPerSecond: required(10, u32),
  padding: optional(11, writeOnly(bytes)),
});

/** `IPVS_STATS_ATTR_*` as `IPVS_*_ATTR_STATS64` carries them: 64 bits each. */
export const statistics64 = table('statistics64', {
  /** Connections scheduled. */
  connections: required(1, u64),
  /** Packets from clients. */
  incomingPackets: required(2, u64),
  /** Packets to clients that passed through this machine. */
  outgoingPackets: required(3, u64),
  /** Bytes from clients, IP headers included. */
  incomingBytes: required(4, u64),
  /** Bytes to clients that passed through this machine, IP headers included. */
  outgoingBytes: required(5, u64),
  connectionsPerSecond: required(6, u64AsNumber),
  incomingPacketsPerSecond: required(7, u64AsNumber),
  outgoingPacketsPerSecond: required(8, u64AsNumber),
  incomingBytesPerSecond: required(9, u64AsNumber),
  outgoingBytesPerSecond: required(10, u64AsNumber),
  padding: optional(11, writeOnly(bytes)),
});

/** A virtual service, `IPVS_SVC_ATTR_*`; the kernel's view is `ip_vs_svc_policy` in net/netfilter/ipvs/ip_vs_ctl.c. */
export const service = table('service', {
  family: required(1, family),
  protocol: optional(2, protocol),
  address: optional(3, address),
  port: optional(4, be16),
  fwmark: optional(5, u32),
  scheduler: optional(6, text(15)),
  flags: optional(7, structOf(ip_vs_flags)),
  /** Persistence timeout in seconds. */
  timeout: optional(8, u32),
  /** IPv4: a mask in network order. IPv6: a prefix length in host order. */
  netmask: optional(9, selectBy<string | number>('family', { inet: inet4, inet6: u32 }, u32)),
  /** Before Linux 4.1 there was no STATS64. */
  statistics32: optional(10, fallbackFor('statistics', statistics32)),
  /** Persistence engine. */
  engine: optional(11, text(16)),
  statistics: optional(12, statistics64),
});

/** A real server of a service, `IPVS_DEST_ATTR_*`; the kernel's view is `ip_vs_dest_policy`. */
export const destination = table('destination', {
  /** Of the service's family where none is sent: see `withFamily` in model/destination.ts. */
  address: optional(1, selectBy('family', { inet: inet4, inet6 }, unionAddress)),
  port: optional(2, be16),
  forwarding: optional(3, forwardingMethod),
  weight: optional(4, u32),
  upperThreshold: optional(5, u32),
  lowerThreshold: optional(6, u32),
  activeConnections: optional(7, u32),
  inactiveConnections: optional(8, u32),
  persistentConnections: optional(9, u32),
  /** Before Linux 4.1 there was no STATS64. */
  statistics32: optional(10, fallbackFor('statistics', statistics32)),
  /** Absent before Linux 3.18, when a destination was of its service's family. */
  family: optional(11, family),
  statistics: optional(12, statistics64),
  tunnelType: optional(13, tunnelType),
  tunnelPort: optional(14, be16),
  tunnelChecksum: optional(15, tunnelChecksum),
});

/** A sync daemon, `IPVS_DAEMON_ATTR_*`; the kernel's view is `ip_vs_daemon_policy`. */
export const daemon = table('daemon', {
  state: optional(1, daemonState),
  interface: optional(2, text(15)),
  syncId: optional(3, u32),
  maxLength: optional(4, u16),
  group4: optional(5, inet4),
  group6: optional(6, inet6),
  /** In host byte order, unlike every other port here. */
  port: optional(7, u16),
  ttl: optional(8, u8),
});

/** The top level of every message but the reply to GET_INFO, `IPVS_CMD_ATTR_*`. */
export const command = table('command', {
  service: optional(1, service),
  destination: optional(2, destination),
  daemon: optional(3, daemon),
  /** Timeout of an established TCP connection, in seconds. */
  tcp: optional(4, u32),
  /** Timeout of a TCP connection after a FIN, in seconds. */
  tcpFin: optional(5, u32),
  /** Timeout of a UDP flow, in seconds. */
  udp: optional(6, u32),
});

/** The part of a reply that SET_SERVICE and SET_DEST accept: all but what the kernel counts. */
export const settings = table('command', {
  service: optional(
    1,
    table('service', {
      ...service.rows,
      statistics32: optional(10, writeOnly(statistics32)),
      statistics: optional(12, writeOnly(statistics64)),
    }),
  ),
  destination: optional(
    2,
    table('destination', {
      ...destination.rows,
      activeConnections: optional(7, writeOnly(u32)),
      inactiveConnections: optional(8, writeOnly(u32)),
      persistentConnections: optional(9, writeOnly(u32)),
      statistics32: optional(10, writeOnly(statistics32)),
      statistics: optional(12, writeOnly(statistics64)),
    }),
  ),
});

/** The top level of the reply to GET_INFO, `IPVS_INFO_ATTR_*`. */
export const info = table('info', {
  version: optional(1, u32),
  connectionTableSize: optional(2, u32),
});
