import {
  be16,
  by,
  bytes,
  fixed,
  may,
  must,
  named,
  struct,
  table,
  text,
  u8,
  u16,
  u32,
  u64,
  u64AsNumber,
  unread,
} from '../../netlink/index.ts';
import { inet4, inet6 } from './address.ts';

/** Address family, by the kernel's `AF_*` numbers. */
export const family = named(u16, { inet: 2, inet6: 10 });

/** Transport protocol, by the kernel's `IPPROTO_*` numbers. */
export const protocol = named(u16, { tcp: 6, udp: 17, sctp: 132 });

/** Forwarding method, `IP_VS_CONN_F_FWD_MASK` in include/uapi/linux/ip_vs.h. */
export const forwardingMethod = named(u32, { masquerade: 0, local: 1, tunnel: 2, 'direct-route': 3, bypass: 4 });

/** Tunnel type, `IP_VS_CONN_F_TUNNEL_TYPE_*`. */
export const tunnelType = named(u8, { ipip: 0, gue: 1, gre: 2 });

/** What a tunnel's packets carry as checksum, `IP_VS_TUNNEL_ENCAP_FLAG_*`. */
export const tunnelChecksum = named(u16, { nocsum: 0, csum: 1, remcsum: 2 });

/** Role of a sync daemon, `IP_VS_STATE_*`. */
export const daemonState = named(u32, { master: 1, backup: 2 });

/** `struct ip_vs_flags`: the bits of `flags` where `mask` has a bit, what was there before elsewhere. */
export const ip_vs_flags = struct('ip_vs_flags', { flags: 'u32', mask: 'u32' });

/** An address of the family that the attribute set names. */
const address = by('family', { inet: inet4, inet6 }, inet4);

/** `IPVS_STATS_ATTR_*` as `IPVS_*_ATTR_STATS` carries them: 32 bits, but for the bytes. */
export const statistics32 = table('statistics32', {
  connections: must(1, u32),
  incomingPackets: must(2, u32),
  outgoingPackets: must(3, u32),
  incomingBytes: must(4, u64),
  outgoingBytes: must(5, u64),
  connectionsPerSecond: must(6, u32),
  incomingPacketsPerSecond: must(7, u32),
  outgoingPacketsPerSecond: must(8, u32),
  incomingBytesPerSecond: must(9, u32),
  outgoingBytesPerSecond: must(10, u32),
  padding: may(11, unread(bytes)),
});

/** `IPVS_STATS_ATTR_*` as `IPVS_*_ATTR_STATS64` carries them: 64 bits each. */
export const statistics64 = table('statistics64', {
  /** Connections scheduled. */
  connections: must(1, u64),
  /** Packets from clients. */
  incomingPackets: must(2, u64),
  /** Packets to clients that passed through this machine. */
  outgoingPackets: must(3, u64),
  /** Bytes from clients, IP headers included. */
  incomingBytes: must(4, u64),
  /** Bytes to clients that passed through this machine, IP headers included. */
  outgoingBytes: must(5, u64),
  connectionsPerSecond: must(6, u64AsNumber),
  incomingPacketsPerSecond: must(7, u64AsNumber),
  outgoingPacketsPerSecond: must(8, u64AsNumber),
  incomingBytesPerSecond: must(9, u64AsNumber),
  outgoingBytesPerSecond: must(10, u64AsNumber),
  padding: may(11, unread(bytes)),
});

/** A virtual service, `IPVS_SVC_ATTR_*`; the kernel's view is `ip_vs_svc_policy` in net/netfilter/ipvs/ip_vs_ctl.c. */
export const service = table('service', {
  family: must(1, family),
  protocol: may(2, protocol),
  address: may(3, address),
  port: may(4, be16),
  fwmark: may(5, u32),
  scheduler: may(6, text(15)),
  flags: may(7, fixed(ip_vs_flags)),
  /** Persistence timeout in seconds. */
  timeout: may(8, u32),
  /** IPv4: a mask in network order. IPv6: a prefix length in host order. */
  netmask: may(9, by<string | number>('family', { inet: inet4, inet6: u32 }, u32)),
  statistics32: may(10, unread(statistics32)),
  /** Persistence engine. */
  engine: may(11, text(16)),
  statistics: may(12, statistics64),
});

/** A real server of a service, `IPVS_DEST_ATTR_*`; the kernel's view is `ip_vs_dest_policy`. */
export const destination = table('destination', {
  address: may(1, address),
  port: may(2, be16),
  forwarding: may(3, forwardingMethod),
  weight: may(4, u32),
  upperThreshold: may(5, u32),
  lowerThreshold: may(6, u32),
  activeConnections: may(7, u32),
  inactiveConnections: may(8, u32),
  persistentConnections: may(9, u32),
  statistics32: may(10, unread(statistics32)),
  family: may(11, family),
  statistics: may(12, statistics64),
  tunnelType: may(13, tunnelType),
  tunnelPort: may(14, be16),
  tunnelChecksum: may(15, tunnelChecksum),
});

/** A sync daemon, `IPVS_DAEMON_ATTR_*`; the kernel's view is `ip_vs_daemon_policy`. */
export const daemon = table('daemon', {
  state: may(1, daemonState),
  interface: may(2, text(15)),
  syncId: may(3, u32),
  maxLength: may(4, u16),
  group4: may(5, inet4),
  group6: may(6, inet6),
  /** In host byte order, unlike every other port here. */
  port: may(7, u16),
  ttl: may(8, u8),
});

/** The top level of every message but the reply to GET_INFO, `IPVS_CMD_ATTR_*`. */
export const command = table('command', {
  service: may(1, service),
  destination: may(2, destination),
  daemon: may(3, daemon),
  /** Timeout of an established TCP connection, in seconds. */
  tcp: may(4, u32),
  /** Timeout of a TCP connection after a FIN, in seconds. */
  tcpFin: may(5, u32),
  /** Timeout of a UDP flow, in seconds. */
  udp: may(6, u32),
});

/** What SET_SERVICE and SET_DEST take of a reply: all but what the kernel counts. */
export const settings = table('command', {
  service: may(1, table('service', { ...service.rows, statistics: may(12, unread(statistics64)) })),
  destination: may(
    2,
    table('destination', {
      ...destination.rows,
      activeConnections: may(7, unread(u32)),
      inactiveConnections: may(8, unread(u32)),
      persistentConnections: may(9, unread(u32)),
      statistics: may(12, unread(statistics64)),
    }),
  ),
});

/** The top level of the reply to GET_INFO, `IPVS_INFO_ATTR_*`. */
export const info = table('info', {
  version: may(1, u32),
  connectionTableSize: may(2, u32),
});
