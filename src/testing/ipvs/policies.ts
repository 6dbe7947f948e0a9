import { command, daemon, destination, service } from '../../ipvs/wire/tables.ts';
import { binary, integer, nested, nulString, unspecified } from '../netlink/attribute-policy.ts';
import { policy } from '../netlink/attributes.ts';

/** `ip_vs_cmd_policy`, net/netfilter/ipvs/ip_vs_ctl.c. */
export const commandPolicy = policy(command, {
  service: nested,
  destination: nested,
  daemon: nested,
  tcp: integer(4),
  tcpFin: integer(4),
  udp: integer(4),
});

/** `ip_vs_svc_policy`. */
export const servicePolicy = policy(service, {
  family: integer(2),
  protocol: integer(2),
  address: binary(16),
  port: integer(2),
  fwmark: integer(4),
  scheduler: nulString(15),
  flags: binary(8),
  timeout: integer(4),
  netmask: integer(4),
  statistics32: nested,
  engine: nulString(16),
});

/** `ip_vs_dest_policy`. */
export const destinationPolicy = policy(destination, {
  address: binary(16),
  port: integer(2),
  forwarding: integer(4),
  weight: integer(4),
  upperThreshold: integer(4),
  lowerThreshold: integer(4),
  activeConnections: integer(4),
  inactiveConnections: integer(4),
  persistentConnections: integer(4),
  statistics32: nested,
  family: integer(2),
  tunnelType: integer(1),
  tunnelPort: integer(2),
  tunnelChecksum: integer(2),
});

/** `ip_vs_daemon_policy`. */
export const daemonPolicy = policy(daemon, {
  state: integer(4),
  interface: nulString(15),
  syncId: integer(4),
  maxLength: integer(2),
  group4: integer(4),
  group6: unspecified(16),
  port: integer(2),
  ttl: integer(1),
});
