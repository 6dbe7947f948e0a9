/**
 * Linux IP Virtual Server (IPVS) for Node.js: services, destinations, timeouts and sync daemons of the in-kernel
 * layer-4 load balancer, over generic netlink.
 *
 * @module ipvs
 */

export type { OpenOptions } from '../linux/open-options.ts';
export type { OperationOptions } from '../linux/operation-options.ts';
export {
  type AbortSignalLike,
  InputError,
  IpvsLibraryError,
  KernelError,
  type KernelErrorFields,
  type Numbered,
  SystemError,
  type Transport,
  type TransportCode,
  TransportError,
  WireError,
} from '../netlink/index.ts';
export { applyChange, type Change } from './change.ts';
export { Ipvs } from './client/ipvs.ts';
export type { IpvsClient } from './client/ipvs-client.ts';
export type { ListOptions } from './client/list-options.ts';
export { IpvsError } from './errors/ipvs-error.ts';
export type { IpvsReason } from './errors/reasons.ts';
export { UnstableError } from './errors/unstable-error.ts';
export type { Connection, ConnectionFilter, ConnectionOrigin, Endpoint } from './model/connection.ts';
export type { Daemon, DaemonSpec, DaemonState } from './model/daemon.ts';
export {
  type Destination,
  type DestinationKey,
  type DestinationOptions,
  type DestinationSpec,
  describeDestination,
} from './model/destination.ts';
export type { DestinationPatch } from './model/destination-patch.ts';
export type { ServiceFlag, ServiceFlags } from './model/flags.ts';
export type {
  Forwarding,
  GreTunnel,
  GueTunnel,
  IpipTunnel,
  NumberedTunnel,
  Tunnel,
  TunnelChecksum,
} from './model/forwarding.ts';
export type { Info } from './model/info.ts';
export { jsonReplacer, jsonReviver } from './model/json.ts';
export type { Inet6Granularity, InetGranularity, Persistence, PersistenceOptions } from './model/persistence.ts';
export type {
  ActivePersistence,
  DormantPersistence,
  Scheduler,
  SchedulingOptions,
  SchedulingState,
  Service,
  ServiceOptions,
  ServiceSpec,
  ServiceState,
} from './model/service.ts';
export {
  type AddressFamily,
  type AddressServiceKey,
  describeService,
  type FwmarkService,
  type FwmarkServiceKey,
  type Protocol,
  type ServiceKey,
} from './model/service-key.ts';
export type { PersistencePatch, PersistencePatchOptions, ServicePatch } from './model/service-patch.ts';
export type { CpuStatistics, Statistics } from './model/statistics.ts';
export type { TableEntry } from './model/table-entry.ts';
export type { Timeouts } from './model/timeouts.ts';
export { type ConnectionsOptions, parseConnections } from './observe/connections.ts';
export type { Features, FeaturesOptions } from './observe/features.ts';
export type { BucketCount, Status, TableStatus } from './observe/status.ts';
export type { SyncThreshold } from './observe/sysctl-kinds.ts';
export type { Sysctls } from './observe/sysctl-table.ts';
