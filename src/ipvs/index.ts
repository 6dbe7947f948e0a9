/**
 * Linux IP Virtual Server (IPVS) for Node.js: services, destinations, timeouts and sync daemons of the in-kernel
 * layer-4 load balancer, over generic netlink.
 *
 * @module
 */
export {
  InputError,
  KernelError,
  type KernelErrorFields,
  NetlinkError,
  type Numbered,
  type Transport,
  type TransportCode,
  TransportError,
  WireError,
} from '../netlink/index.ts';
export { Ipvs, type OpenOptions, type OperationOptions } from './client.ts';
export { type Connection, type Endpoint, parseConnections } from './connection.ts';
export type { Daemon, DaemonSpec, DaemonState } from './daemon.ts';
export type { Destination, DestinationKey, DestinationOptions, DestinationSpec } from './destination.ts';
export type { DestinationPatch } from './destination-patch.ts';
export { IpvsError } from './errors.ts';
export type { ServiceFlag, ServiceFlags } from './flags.ts';
export type { Forwarding, Tunnel, TunnelChecksum } from './forwarding.ts';
export type { Info } from './info.ts';
export type { Persistence } from './persistence.ts';
export type { IpvsReason } from './reasons.ts';
export type { Scheduler, Service, ServiceOptions, ServiceSpec, ServiceState } from './service.ts';
export type { AddressFamily, AddressServiceKey, FwmarkServiceKey, Protocol, ServiceKey } from './service-key.ts';
export type { PersistencePatch, ServicePatch } from './service-patch.ts';
export type { Statistics } from './statistics.ts';
export type { Timeouts } from './timeouts.ts';
export type { TableEntry } from './walk.ts';
