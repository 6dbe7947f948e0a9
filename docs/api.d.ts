declare module 'ipvs' {
  type AbortSignalLike = typeof globalThis extends {
      AbortSignal: {
          prototype: infer Declared;
      };
  } ? Declared : {
      readonly aborted: boolean;
      readonly reason: unknown;
      addEventListener(type: 'abort', listener: () => void, options?: {
          once?: boolean;
      }): void;
      removeEventListener(type: 'abort', listener: () => void): void;
  };
  interface ActivePersistence {
      readonly persistence?: Persistence | undefined;
      readonly dormantPersistence?: undefined;
  }
  type AddressFamily = 'inet' | 'inet6';
  interface AddressServiceKey {
      readonly protocol: Protocol;
      readonly address: string;
      readonly port: number;
      readonly fwmark?: undefined;
      readonly family?: undefined;
  }
  interface BucketCount {
      readonly length: number;
      readonly buckets: number;
  }
  type Change = {
      readonly type: 'addService' | 'updateService';
      readonly service: ServiceSpec;
  } | {
      readonly type: 'patchService';
      readonly service: ServiceKey;
      readonly patch: ServicePatch;
  } | {
      readonly type: 'removeService';
      readonly service: ServiceKey;
  } | {
      readonly type: 'addDestination' | 'updateDestination';
      readonly service: ServiceKey;
      readonly destination: DestinationSpec;
  } | {
      readonly type: 'patchDestination';
      readonly service: ServiceKey;
      readonly destination: DestinationKey;
      readonly patch: DestinationPatch;
  } | {
      readonly type: 'removeDestination';
      readonly service: ServiceKey;
      readonly destination: DestinationKey;
  } | {
      readonly type: 'flush';
  } | {
      readonly type: 'zero';
      readonly service?: ServiceKey | undefined;
  } | {
      readonly type: 'setTimeouts';
      readonly timeouts: Partial<Timeouts>;
  } | {
      readonly type: 'startDaemon';
      readonly daemon: DaemonSpec;
  } | {
      readonly type: 'stopDaemon';
      readonly state: DaemonState;
  };
  interface Connection {
      readonly protocol: string;
      readonly source: Endpoint;
      readonly virtual: Endpoint;
      readonly destination: Endpoint;
      readonly state: string;
      readonly expires: number;
      readonly origin?: ConnectionOrigin | undefined;
      readonly engine?: string | undefined;
      readonly engineData?: string | undefined;
  }
  interface ConnectionFilter {
      readonly service?: ServiceKey | undefined;
      readonly destination?: DestinationKey | undefined;
      readonly state?: string | readonly string[] | undefined;
      readonly protocol?: string | undefined;
      readonly origin?: ConnectionOrigin | undefined;
  }
  type ConnectionOrigin = 'local' | 'sync';
  interface ConnectionsOptions {
      readonly signal?: AbortSignalLike | undefined;
      readonly origin?: boolean | undefined;
  }
  interface CpuStatistics extends Pick<Statistics, 'connections' | 'incomingPackets' | 'outgoingPackets' | 'incomingBytes' | 'outgoingBytes'> {
      readonly cpu: number;
  }
  interface Daemon extends DaemonSpec {
      readonly syncId: number;
      readonly maxLength: number;
      readonly group: string;
      readonly port: number;
      readonly ttl: number;
  }
  interface DaemonSpec {
      readonly state: DaemonState;
      readonly interface: string;
      readonly syncId?: number | undefined;
      readonly maxLength?: number | undefined;
      readonly group?: string | undefined;
      readonly port?: number | undefined;
      readonly ttl?: number | undefined;
  }
  type DaemonState = 'master' | 'backup';
  interface Destination extends DestinationKey {
      readonly forwarding: Forwarding;
      readonly weight: number;
      readonly upperThreshold: number;
      readonly lowerThreshold: number;
      readonly activeConnections: number;
      readonly inactiveConnections: number;
      readonly persistentConnections: number;
      readonly statistics: Statistics;
  }
  interface DestinationKey {
      readonly address: string;
      readonly port: number;
  }
  interface DestinationOptions {
      readonly forwarding?: Forwarding | undefined;
      readonly weight?: number | undefined;
      readonly upperThreshold?: number | undefined;
      readonly lowerThreshold?: number | undefined;
  }
  type DestinationPatch = DestinationOptions;
  interface DestinationSpec extends DestinationKey, DestinationOptions {
  }
  interface DormantPersistence {
      readonly persistence?: undefined;
      readonly dormantPersistence?: Persistence | undefined;
  }
  interface Endpoint {
      readonly address: string;
      readonly port: number;
  }
  interface Features {
      readonly kernelRelease: string;
      readonly ipv6: boolean;
      readonly schedulers?: readonly string[] | undefined;
      readonly persistenceEngines?: readonly string[] | undefined;
  }
  interface FeaturesOptions {
      readonly signal?: AbortSignalLike | undefined;
      readonly schedulers?: readonly string[] | undefined;
      readonly persistenceEngines?: readonly string[] | undefined;
  }
  type Forwarding = 'masquerade' | 'direct-route' | 'local' | 'bypass' | Numbered | Tunnel;
  interface FwmarkService extends FwmarkServiceKey {
      readonly family: AddressFamily;
  }
  interface FwmarkServiceKey {
      readonly fwmark: number;
      readonly family?: AddressFamily | undefined;
      readonly protocol?: undefined;
      readonly address?: undefined;
      readonly port?: undefined;
  }
  interface GreTunnel {
      readonly tunnel: 'gre';
      readonly port?: undefined;
      readonly checksum?: 'nocsum' | 'csum' | Numbered | undefined;
  }
  interface GueTunnel {
      readonly tunnel: 'gue';
      readonly port: number;
      readonly checksum?: TunnelChecksum | undefined;
  }
  interface Inet6Granularity {
      readonly netmask?: undefined;
      readonly prefixLength?: number | undefined;
  }
  interface InetGranularity {
      readonly netmask?: string | undefined;
      readonly prefixLength?: undefined;
  }
  interface Info {
      readonly version: string;
      readonly connectionTableSize: number;
  }
  class InputError extends IpvsLibraryError {
      readonly code: 'ERR_INPUT' | 'ERR_RULES' | 'ERR_CONFIG';
      readonly path: string;
      readonly value: unknown;
      readonly rule: string;
      constructor(rule: string, value: unknown, path?: string);
  }
  interface IpipTunnel {
      readonly tunnel: 'ipip';
      readonly port?: undefined;
      readonly checksum?: undefined;
  }
  class Ipvs {
      static open(options?: OpenOptions): Promise<Ipvs>;
      info(options?: OperationOptions): Promise<Info>;
      features(options?: FeaturesOptions): Promise<Features>;
      timeouts(options?: OperationOptions): Promise<Timeouts>;
      setTimeouts(timeouts: Partial<Timeouts>, options?: OperationOptions): Promise<void>;
      services(options?: ListOptions): Promise<Service[]>;
      service(key: ServiceKey, options?: OperationOptions): Promise<Service | undefined>;
      addService(spec: ServiceSpec, options?: OperationOptions): Promise<void>;
      updateService(spec: ServiceSpec, options?: OperationOptions): Promise<void>;
      patchService(key: ServiceKey, patch: ServicePatch, options?: OperationOptions): Promise<void>;
      removeService(key: ServiceKey, options?: OperationOptions): Promise<void>;
      destinations(service: ServiceKey, options?: ListOptions): Promise<Destination[]>;
      destination(service: ServiceKey, key: DestinationKey, options?: OperationOptions): Promise<Destination | undefined>;
      addDestination(service: ServiceKey, spec: DestinationSpec, options?: OperationOptions): Promise<void>;
      updateDestination(service: ServiceKey, spec: DestinationSpec, options?: OperationOptions): Promise<void>;
      patchDestination(service: ServiceKey, key: DestinationKey, patch: DestinationPatch, options?: OperationOptions): Promise<void>;
      removeDestination(service: ServiceKey, key: DestinationKey, options?: OperationOptions): Promise<void>;
      flush(options?: OperationOptions): Promise<void>;
      table(options?: ListOptions): AsyncGenerator<TableEntry, void, undefined>;
      zero(key?: ServiceKey, options?: OperationOptions): Promise<void>;
      daemons(options?: OperationOptions): Promise<Daemon[]>;
      startDaemon(spec: DaemonSpec, options?: OperationOptions): Promise<void>;
      stopDaemon(state: DaemonState, options?: OperationOptions): Promise<void>;
      connections(filter?: ConnectionFilter, options?: ConnectionsOptions): AsyncGenerator<Connection, void, undefined>;
      statistics(options?: OperationOptions): Promise<Statistics>;
      cpuStatistics(options?: OperationOptions): Promise<CpuStatistics[]>;
      status(options?: OperationOptions): Promise<Status | undefined>;
      sysctls(options?: OperationOptions): Promise<Sysctls>;
      setSysctls(sysctls: Sysctls, options?: OperationOptions): Promise<void>;
      close(): Promise<void>;
      [Symbol.asyncDispose](): Promise<void>;
  }
  type IpvsClient = Pick<Ipvs, keyof Ipvs>;
  class IpvsError extends KernelError {
      readonly reason: IpvsReason;
      constructor(refusal: KernelError, action: string);
  }
  abstract class IpvsLibraryError extends Error {
      abstract readonly code: string;
  }
  type IpvsReason = 'no-such-service' | 'service-exists' | 'no-such-destination' | 'destination-exists' | 'no-such-scheduler' | 'no-such-daemon' | 'daemon-exists' | 'no-such-interface' | 'not-permitted' | 'not-supported' | 'invalid' | 'other';
  class KernelError extends IpvsLibraryError {
      readonly code: string;
      readonly errno: number;
      readonly request: string;
      readonly detail?: string;
      readonly path?: string;
      constructor(fields: KernelErrorFields, message?: string);
  }
  interface KernelErrorFields {
      readonly errno: number;
      readonly request: string;
      readonly detail?: string | undefined;
      readonly path?: string | undefined;
  }
  interface ListOptions extends OperationOptions {
      readonly consistent?: boolean | undefined;
  }
  type Numbered = `#${number}`;
  interface NumberedTunnel {
      readonly tunnel: Numbered;
      readonly port?: number | undefined;
      readonly checksum?: TunnelChecksum | undefined;
  }
  type OpenOptions = {
      readonly kernel?: Kernel | undefined;
      readonly netns?: undefined;
  } | {
      readonly kernel?: undefined;
      readonly netns?: string | undefined;
  };
  interface OperationOptions {
      readonly signal?: AbortSignalLike | undefined;
  }
  type Persistence = PersistenceOptions & (InetGranularity | Inet6Granularity);
  interface PersistenceOptions {
      readonly timeout?: number | undefined;
      readonly engine?: string | undefined;
  }
  type PersistencePatch = PersistencePatchOptions & (InetGranularity | Inet6Granularity);
  interface PersistencePatchOptions extends Omit<PersistenceOptions, 'engine'> {
      readonly engine?: string | null | undefined;
  }
  type Protocol = 'tcp' | 'udp' | 'sctp' | Numbered;
  type Scheduler = 'rr' | 'wrr' | 'lc' | 'wlc' | 'lblc' | 'lblcr' | 'dh' | 'sh' | 'sed' | 'nq' | 'fo' | 'ovf' | 'mh' | 'twos' | 'none' | (string & {});
  interface SchedulingOptions {
      readonly scheduler?: Scheduler | undefined;
      readonly flags?: ServiceFlags | undefined;
  }
  interface SchedulingState {
      readonly scheduler: Scheduler;
      readonly flags: ServiceFlags;
      readonly statistics: Statistics;
  }
  type Service = (AddressServiceKey | FwmarkService) & ServiceState;
  type ServiceFlag = 'one-packet' | 'sh-fallback' | 'sh-port' | 'mh-fallback' | 'mh-port' | 'flag-1' | 'flag-2' | 'flag-3' | Numbered;
  type ServiceFlags = {
      readonly [Flag in ServiceFlag]?: boolean | undefined;
  };
  type ServiceKey = AddressServiceKey | FwmarkServiceKey;
  type ServiceOptions = SchedulingOptions & (ActivePersistence | DormantPersistence);
  interface ServicePatch {
      readonly scheduler?: Scheduler | undefined;
      readonly flags?: ServiceFlags | undefined;
      readonly persistence?: PersistencePatch | null | undefined;
      readonly dormantPersistence?: Persistence | undefined;
  }
  type ServiceSpec = ServiceKey & ServiceOptions;
  type ServiceState = SchedulingState & (ActivePersistence | DormantPersistence);
  interface Statistics {
      readonly connections: bigint;
      readonly incomingPackets: bigint;
      readonly outgoingPackets: bigint;
      readonly incomingBytes: bigint;
      readonly outgoingBytes: bigint;
      readonly connectionsPerSecond: number;
      readonly incomingPacketsPerSecond: number;
      readonly outgoingPacketsPerSecond: number;
      readonly incomingBytesPerSecond: number;
      readonly outgoingBytesPerSecond: number;
  }
  interface Status {
      readonly connections: number;
      readonly connectionTable: TableStatus;
      readonly services: number;
      readonly serviceTable: TableStatus;
      readonly estimator: {
          readonly threads: number;
          readonly maxThreads: number;
          readonly maxChainLength: number;
          readonly entriesPerThread: number;
      };
  }
  interface SyncThreshold {
      readonly threshold: number;
      readonly period: number;
  }
  type Sysctls = {
      readonly [Name in keyof typeof sysctlTable]?: ValueOf<(typeof sysctlTable)[Name]> | undefined;
  };
  class SystemError extends IpvsLibraryError {
      readonly code: string;
      readonly errno: number;
      readonly syscall: string;
      readonly path: string;
      constructor(syscall: string, path: string, errno: number, options?: {
          readonly cause?: unknown;
      });
  }
  interface TableEntry {
      readonly service: Service;
      readonly destinations: readonly Destination[];
  }
  interface TableStatus {
      readonly buckets: number;
      readonly loadFactor: number;
      readonly lengths: readonly BucketCount[];
  }
  interface Timeouts {
      readonly tcp: number;
      readonly tcpFin: number;
      readonly udp: number;
  }
  interface Transport {
      readonly receiveBuffer: number;
      readonly largestDatagram?: number | undefined;
      readonly littleEndian?: boolean | undefined;
      send(datagram: Uint8Array): void;
      receive(into: Uint8Array, options?: ReceiveOptions): number;
      close(): void;
  }
  type TransportCode = 'ERR_NETLINK_CLOSED' | 'ERR_NETLINK_TIMEOUT' | 'ERR_NETLINK_OVERRUN' | 'ERR_NETLINK_TRUNCATED' | 'ERR_NETLINK_UNANSWERED' | 'ERR_NETLINK_INTERRUPTED' | 'ERR_NETLINK_REPLAY' | 'ERR_NETLINK_NO_FAMILY' | 'ERR_NETLINK_NETNS' | 'ERR_NETLINK_UNSUPPORTED' | 'ERR_NETLINK_SYSTEM';
  class TransportError extends IpvsLibraryError {
      readonly code: TransportCode;
      readonly syscall?: string;
      readonly errno?: number;
      constructor(code: TransportCode, message: string, options?: {
          syscall?: string;
          errno?: number;
          cause?: unknown;
      });
  }
  type Tunnel = IpipTunnel | GueTunnel | GreTunnel | NumberedTunnel;
  type TunnelChecksum = 'nocsum' | 'csum' | 'remcsum' | Numbered;
  class UnstableError extends IpvsLibraryError {
      readonly code = "ERR_IPVS_UNSTABLE";
      readonly readings: number;
      constructor(what: string, readings: number);
  }
  class WireError extends IpvsLibraryError {
      readonly code = "ERR_NETLINK_WIRE";
      readonly path: string;
      readonly problem: string;
      constructor(problem: string, path?: string);
      within(field: string): WireError;
  }
  function applyChange(ipvs: IpvsClient, change: Change, options?: OperationOptions): Promise<void>;
  function describeDestination(key: DestinationKey): string;
  function describeService(key: ServiceKey): string;
  function jsonReplacer(_key: string, value: unknown): unknown;
  function jsonReviver(key: string, value: unknown): unknown;
  function parseConnections(text: string): Connection[];
}

declare module 'ipvs/rules' {
  interface FormatOptions {
      readonly lossless?: boolean | undefined;
      readonly timeouts?: Timeouts | undefined;
      readonly daemons?: readonly Daemon[] | undefined;
      readonly names?: ReverseResolver | undefined;
  }
  interface NameResolver {
      address(host: string): string | undefined;
      port(service: string, protocol: string): number | undefined;
  }
  interface ParseOptions {
      readonly names?: NameResolver | undefined;
  }
  interface ReverseResolver {
      host(address: string): string | undefined;
      service(port: number, protocol: string): string | undefined;
  }
  type Rule = Change & {
      readonly line: number;
  };
  class RulesError extends InputError {
      readonly code = "ERR_RULES";
      readonly option: string;
      readonly line: number;
      readonly column: number;
      readonly problem: string;
      readonly usage: boolean;
      constructor(rule: string, value: unknown, path: string, fault: Fault, line?: number, column?: number);
  }
  function compareDestinations(a: DestinationKey, b: DestinationKey): number;
  function compareServices(a: ServiceKey, b: ServiceKey): number;
  function formatRules(table: Iterable<TableEntry>, options?: FormatOptions): string;
  function parseRules(text: string, options?: ParseOptions): Rule[];
  function sortTable(table: Iterable<TableEntry>): TableEntry[];
}

declare module 'ipvs/rtnetlink' {
  interface Address {
      readonly index: number;
      readonly address: string;
      readonly prefixLength: number;
      readonly peer?: string | undefined;
      readonly scope: Scope;
      readonly flags: AddressFlags;
      readonly broadcast?: string | undefined;
      readonly label?: string | undefined;
      readonly validLifetime?: number | undefined;
      readonly preferredLifetime?: number | undefined;
  }
  interface AddressFilter {
      readonly index?: number | undefined;
      readonly family?: 'inet' | 'inet6' | undefined;
  }
  type AddressFlag = 'SECONDARY' | 'NODAD' | 'OPTIMISTIC' | 'DADFAILED' | 'HOMEADDRESS' | 'DEPRECATED' | 'TENTATIVE' | 'PERMANENT' | 'MANAGETEMPADDR' | 'NOPREFIXROUTE' | 'MCAUTOJOIN' | 'STABLE_PRIVACY';
  type AddressFlags = {
      readonly [Flag in AddressFlag | Numbered]?: boolean | undefined;
  };
  interface AddressKey {
      readonly index: number;
      readonly address: string;
      readonly prefixLength?: number | undefined;
      readonly peer?: string | undefined;
  }
  interface AddressSpec extends AddressKey {
      readonly deprecated?: boolean | undefined;
      readonly scope?: Scope | undefined;
      readonly broadcast?: string | undefined;
      readonly label?: string | undefined;
      readonly flags?: SettableAddressFlags | undefined;
  }
  interface Link {
      readonly index: number;
      readonly name: string;
      readonly kind?: string | undefined;
      readonly flags: LinkFlags;
      readonly mtu: number;
      readonly operstate: OperState;
      readonly address?: string | undefined;
  }
  type LinkFlag = 'UP' | 'BROADCAST' | 'DEBUG' | 'LOOPBACK' | 'POINTOPOINT' | 'NOTRAILERS' | 'RUNNING' | 'NOARP' | 'PROMISC' | 'ALLMULTI' | 'MASTER' | 'SLAVE' | 'MULTICAST' | 'PORTSEL' | 'AUTOMEDIA' | 'DYNAMIC' | 'LOWER_UP' | 'DORMANT' | 'ECHO';
  type LinkFlags = {
      readonly [Flag in LinkFlag | Numbered]?: boolean | undefined;
  };
  interface LinkSpec {
      readonly name: string;
      readonly kind: string;
      readonly flags?: SettableLinkFlags | undefined;
      readonly mtu?: number | undefined;
      readonly address?: string | undefined;
  }
  export { OpenOptions } from 'ipvs';
  type OperState = 'UNKNOWN' | 'NOTPRESENT' | 'DOWN' | 'LOWERLAYERDOWN' | 'TESTING' | 'DORMANT' | 'UP' | Numbered;
  export { OperationOptions } from 'ipvs';
  class Rtnetlink {
      static open(options?: OpenOptions): Promise<Rtnetlink>;
      links(options?: OperationOptions): Promise<Link[]>;
      link(name: string, options?: OperationOptions): Promise<Link | undefined>;
      addLink(spec: LinkSpec, options?: OperationOptions): Promise<void>;
      removeLink(name: string, options?: OperationOptions): Promise<void>;
      addresses(filter?: AddressFilter, options?: OperationOptions): Promise<Address[]>;
      addAddress(spec: AddressSpec, options?: OperationOptions): Promise<void>;
      removeAddress(key: AddressKey, options?: OperationOptions): Promise<void>;
      close(): Promise<void>;
      [Symbol.asyncDispose](): Promise<void>;
  }
  class RtnetlinkError extends KernelError {
      readonly reason: RtnetlinkReason;
      constructor(refusal: KernelError, action: string);
  }
  type RtnetlinkReason = 'no-such-link' | 'link-exists' | 'no-such-address' | 'address-exists' | 'not-permitted' | 'not-supported' | 'invalid' | 'other';
  type Scope = 'global' | 'site' | 'link' | 'host' | 'nowhere' | Numbered;
  type SettableAddressFlag = 'NODAD' | 'OPTIMISTIC' | 'HOMEADDRESS' | 'MANAGETEMPADDR' | 'NOPREFIXROUTE' | 'MCAUTOJOIN';
  type SettableAddressFlags = {
      readonly [Flag in SettableAddressFlag]?: boolean | undefined;
  };
  type SettableLinkFlag = 'UP' | 'NOARP' | 'MULTICAST' | 'ALLMULTI' | 'PROMISC' | 'DYNAMIC';
  type SettableLinkFlags = {
      readonly [Flag in SettableLinkFlag]?: boolean | undefined;
  };
}

declare module 'ipvs/conntrack' {
  class Conntrack {
      static open(options?: OpenOptions): Promise<Conntrack>;
      flows(filter?: FlowFilter, options?: OperationOptions): Promise<Flow[]>;
      removeFlow(key: FlowKey, options?: OperationOptions): Promise<void>;
      close(): Promise<void>;
      [Symbol.asyncDispose](): Promise<void>;
  }
  class ConntrackError extends KernelError {
      readonly reason: ConntrackReason;
      constructor(refusal: KernelError, action: string);
  }
  type ConntrackReason = 'no-such-flow' | 'not-permitted' | 'not-supported' | 'invalid' | 'other';
  interface Flow {
      readonly protocol: FlowProtocol;
      readonly original: Tuple;
      readonly reply: Tuple;
      readonly timeout: number;
      readonly mark: number;
      readonly id: number;
      readonly zone?: number | undefined;
  }
  interface FlowFilter {
      readonly family?: 'inet' | 'inet6' | undefined;
      readonly protocol?: FlowProtocol | undefined;
      readonly destinationPort?: number | undefined;
  }
  interface FlowKey {
      readonly protocol: FlowProtocol;
      readonly original: Tuple;
      readonly id?: number | undefined;
      readonly zone?: number | undefined;
  }
  type FlowProtocol = 'icmp' | 'tcp' | 'udp' | 'dccp' | 'gre' | 'icmpv6' | 'sctp' | 'udplite' | Numbered;
  export { OpenOptions } from 'ipvs';
  export { OperationOptions } from 'ipvs';
  interface Tuple {
      readonly source: string;
      readonly destination: string;
      readonly sourcePort?: number | undefined;
      readonly destinationPort?: number | undefined;
      readonly zone?: number | undefined;
  }
}

declare module 'ipvs/reconcile' {
  interface ApplyOptions extends OperationOptions {
      readonly drain?: DrainOptions | undefined;
      readonly progress?: ((progress: Progress) => void) | undefined;
  }
  interface ApplyResult {
      readonly done: readonly Change[];
      readonly unneeded: readonly Change[];
      readonly failed: readonly FailedChange[];
      readonly draining: readonly Draining[];
      readonly cut: readonly Draining[];
  }
  interface DeadlineStore {
      load(): Promise<Deadlines>;
      save(deadlines: Deadlines): Promise<void>;
  }
  type Deadlines = ReadonlyMap<string, number>;
  interface DrainOptions {
      readonly deadline?: number | undefined;
      readonly interval?: number | undefined;
      readonly when?: ((service: ServiceKey, destination: Destination) => boolean) | undefined;
      readonly templates?: boolean | undefined;
      readonly kernel?: Kernel | undefined;
      readonly deadlines?: DeadlineStore | undefined;
      readonly wait?: boolean | undefined;
  }
  interface DrainTarget {
      readonly service: ServiceKey;
      readonly destination?: DestinationKey | undefined;
  }
  interface Draining {
      readonly service: ServiceKey;
      readonly destination: DestinationKey;
      readonly connections: number;
      readonly deadline: number;
  }
  interface FailedChange {
      readonly change: Change;
      readonly error: unknown;
      readonly because?: Change;
  }
  type Keep = readonly Setting[] | ((service: ServiceKey, destination?: DestinationKey) => readonly Setting[]);
  type NumberRange = number | `${number}` | `${number}-${number}`;
  type ObservedChange = {
      readonly type: 'addService' | 'removeService';
      readonly service: Service;
  } | {
      readonly type: 'updateService';
      readonly service: Service;
      readonly before: Service;
  } | {
      readonly type: 'addDestination' | 'removeDestination';
      readonly service: Service;
      readonly destination: Destination;
  } | {
      readonly type: 'updateDestination';
      readonly service: Service;
      readonly destination: Destination;
      readonly before: Destination;
  };
  interface PlanOptions {
      readonly scope?: Scope | undefined;
      readonly keep?: Keep | undefined;
  }
  interface Progress {
      readonly total: number;
      readonly settled: number;
      readonly failed: number;
      readonly draining: readonly Draining[];
  }
  type Rates = {
      readonly [Counter in (typeof counters)[number]]: number;
  };
  interface ReadTableOptions extends OperationOptions {
      readonly scope?: Scope | undefined;
      readonly services?: Iterable<ServiceKey> | undefined;
  }
  interface ReconcileOptions extends PlanOptions, ApplyOptions {
      readonly rounds?: number | undefined;
      readonly services?: Iterable<ServiceKey> | undefined;
  }
  interface ReconcileResult {
      readonly done: readonly Change[];
      readonly remaining: readonly RemainingChange[];
      readonly draining: readonly Draining[];
      readonly cut: readonly Draining[];
  }
  interface RemainingChange {
      readonly change: Change;
      readonly error?: unknown;
      readonly because?: Change;
  }
  type Scope = ScopeFilter | readonly ScopeFilter[] | ((service: ServiceKey) => boolean);
  interface ScopeFilter {
      readonly addresses?: readonly string[] | undefined;
      readonly protocols?: readonly Protocol[] | undefined;
      readonly ports?: readonly NumberRange[] | undefined;
      readonly marks?: readonly NumberRange[] | undefined;
  }
  interface ServiceRates {
      readonly service: Service;
      readonly rates: Rates;
      readonly destinations: readonly {
          readonly destination: Destination;
          readonly rates: Rates;
      }[];
  }
  type Setting = 'scheduler' | 'flags' | 'persistence' | keyof DestinationOptions;
  interface TableEntrySpec {
      readonly service: ServiceSpec;
      readonly destinations: readonly DestinationSpec[];
  }
  type WatchEvent = ObservedChange | {
      readonly type: 'interrupted';
      readonly error: IpvsLibraryError;
  } | {
      readonly type: 'resumed';
  } | {
      readonly type: 'rates';
      readonly seconds: number;
      readonly services: readonly ServiceRates[];
  };
  interface WatchOptions extends OperationOptions {
      readonly interval?: number | undefined;
      readonly rates?: boolean | undefined;
      readonly reopen?: (() => Promise<IpvsClient>) | undefined;
  }
  function apply(ipvs: IpvsClient, changes: Iterable<Change>, options?: ApplyOptions): Promise<ApplyResult>;
  function drain(ipvs: IpvsClient, targets: Iterable<DrainTarget>, { signal, progress, ...options }?: DrainOptions & OperationOptions & {
      progress?: (progress: Progress) => void;
  }): Promise<ApplyResult>;
  function fileDeadlines(path: string): DeadlineStore;
  function memoryDeadlines(): DeadlineStore;
  function plan(current: Iterable<TableEntry>, desired: Iterable<TableEntrySpec>, options?: PlanOptions): Change[];
  function readTable(ipvs: IpvsClient, options?: ReadTableOptions): Promise<TableEntry[]>;
  function reconcile(ipvs: IpvsClient, desired: Iterable<TableEntrySpec>, options?: ReconcileOptions): Promise<ReconcileResult>;
  function watch(ipvs: IpvsClient, options?: WatchOptions): AsyncGenerator<WatchEvent, void, undefined>;
}

declare module 'ipvs/metrics' {
  interface MetricRegistry {
      registerMetric(metric: never): void;
  }
  interface MetricsOptions {
      readonly registry: MetricRegistry;
      readonly service?: ((service: Service) => boolean) | undefined;
      readonly destinations?: boolean | undefined;
  }
  function collectMetrics(ipvs: IpvsClient, options: MetricsOptions): void;
}

declare module 'ipvs/health' {
  interface CommandProbeOptions {
      readonly env?: Readonly<Record<string, string>> | undefined;
  }
  interface HttpProbeOptions {
      readonly path?: string | undefined;
      readonly port?: number | undefined;
      readonly method?: string | undefined;
      readonly headers?: Readonly<Record<string, string>> | undefined;
      readonly status?: readonly number[] | undefined;
      readonly body?: string | RegExp | undefined;
      readonly tls?: boolean | undefined;
      readonly serverName?: string | undefined;
      readonly verify?: boolean | undefined;
  }
  class Pool {
      static start(ipvs: IpvsClient, options: PoolOptions): Promise<Pool>;
      stop(): Promise<void>;
      [Symbol.asyncDispose](): Promise<void>;
      get members(): PoolMember[];
      get hasQuorum(): boolean;
  }
  interface PoolDestination extends DestinationSpec {
      readonly probes?: readonly Probe[] | undefined;
  }
  type PoolEvent = {
      readonly type: 'up';
      readonly destination: DestinationSpec;
  } | {
      readonly type: 'down';
      readonly destination: DestinationSpec;
      readonly error: IpvsLibraryError;
  } | {
      readonly type: 'quorum';
      readonly reached: boolean;
  } | {
      readonly type: 'error';
      readonly error: unknown;
  };
  interface PoolMember {
      readonly destination: DestinationSpec;
      readonly up: boolean;
      readonly error: unknown;
  }
  interface PoolOptions {
      readonly service: ServiceSpec;
      readonly destinations: readonly PoolDestination[];
      readonly probes?: readonly Probe[] | undefined;
      readonly interval?: number | undefined;
      readonly timeout?: number | undefined;
      readonly jitter?: number | undefined;
      readonly rise?: number | undefined;
      readonly fall?: number | undefined;
      readonly steady?: number | undefined;
      readonly initially?: 'up' | 'down' | undefined;
      readonly inhibit?: boolean | undefined;
      readonly fallback?: DestinationSpec | undefined;
      readonly quorum?: number | undefined;
      readonly hysteresis?: number | undefined;
      readonly slowStart?: number | undefined;
      readonly onEvent?: ((event: PoolEvent) => void) | undefined;
  }
  type Probe = (target: ProbeTarget, options: {
      readonly signal: AbortSignalLike;
  }) => Promise<void>;
  class ProbeError extends IpvsLibraryError {
      readonly code = "ERR_PROBE";
  }
  interface ProbeTarget {
      readonly address: string;
      readonly port: number;
  }
  interface TcpProbeOptions {
      readonly port?: number | undefined;
  }
  function commandProbe(command: string, parameters?: readonly string[], options?: CommandProbeOptions): Probe;
  function httpProbe(options?: HttpProbeOptions): Probe;
  function tcpProbe(options?: TcpProbeOptions): Probe;
}

declare module 'ipvs/config' {
  interface Config {
      readonly table: readonly TableEntrySpec[];
      readonly scope: Scope | undefined;
      readonly drain: DrainOptions | undefined;
      readonly pools: readonly PoolOptions[];
  }
  class ConfigError extends InputError {
      readonly code = "ERR_CONFIG";
      readonly line: number;
      readonly column: number;
      readonly problem: string;
      constructor(rule: string, value: unknown, path: string, { line, column }: Position, syntax?: boolean);
  }
  interface ConfigOptions {
      readonly scope?: Scope | undefined;
  }
  interface Position {
      readonly line: number;
      readonly column: number;
  }
  function parseConfig(text: string, format: 'yaml' | 'json', options?: ConfigOptions): Config;
  function parseRulesConfig(rules: readonly Rule[], text: string, { scope }?: ConfigOptions): Config;
}

declare module 'ipvs/testing' {
  interface AskedRequest {
      readonly command: string;
      readonly dump: boolean;
      readonly fields: unknown;
      readonly refusal: string | undefined;
  }
  interface ConnectOptions {
      readonly protocol?: NetlinkProtocol | undefined;
      readonly receiveBuffer?: number | undefined;
      readonly capAck?: boolean | undefined;
      readonly extAck?: boolean | undefined;
  }
  interface ConnectionSpec extends Omit<Connection, 'state' | 'expires'> {
      readonly state?: string | undefined;
      readonly expires?: number | undefined;
      readonly service?: ServiceKey | undefined;
  }
  interface Connections {
      readonly size: number;
      add(connection: ConnectionSpec): void;
      remove(connection: ConnectionSpec): boolean;
  }
  class FakeKernel implements Kernel {
      readonly version: KernelVersion;
      readonly requests: AskedRequest[];
      readonly connections: Connections;
      readonly flows: Flows;
      constructor(options?: FakeKernelOptions);
      openNetlink(protocol: NetlinkProtocol): Promise<Transport>;
      readFile(path: string): AsyncGenerator<Uint8Array, void, undefined>;
      writeFile(path: string, text: string): Promise<void>;
      connect(options?: ConnectOptions): Transport;
      traffic(service: ServiceKey, traffic: Traffic): void;
      schedule(packet: PacketSpec): ScheduledConnection | undefined;
      tick(seconds?: number): void;
      refuse(errno: string, options?: RefusalOptions): void;
      withhold(datagrams?: number): void;
      release(): void;
      truncate(bytes: number): void;
      overrun(): void;
  }
  interface FakeKernelOptions {
      readonly version?: KernelVersion | (string & {}) | undefined;
      readonly capable?: boolean | undefined;
      readonly family?: boolean | undefined;
      readonly schedulers?: readonly string[] | undefined;
      readonly engines?: readonly string[] | undefined;
      readonly keepRequests?: number | undefined;
      readonly cpus?: number | undefined;
      readonly random?: (() => number) | undefined;
      readonly littleEndian?: boolean | undefined;
      readonly links?: Links | undefined;
  }
  interface FlowSpec {
      readonly protocol: FlowProtocol;
      readonly original: Tuple;
      readonly reply?: Tuple | undefined;
      readonly timeout?: number | undefined;
      readonly mark?: number | undefined;
      readonly zone?: number | undefined;
  }
  interface Flows {
      readonly size: number;
      add(flow: FlowSpec): void;
  }
  type KernelVersion = '5.10' | '6.1' | '6.12' | '7.2';
  interface Link {
      readonly mtu?: number | undefined;
      readonly up?: boolean | undefined;
      readonly addresses?: readonly string[] | undefined;
  }
  type Links = Readonly<Record<string, Link>>;
  interface PacketSpec {
      readonly protocol: 'tcp' | 'udp' | 'sctp';
      readonly source: Endpoint;
      readonly virtual: Endpoint;
      readonly fwmark?: number | undefined;
      readonly bytes?: number | undefined;
  }
  interface RefusalOptions {
      readonly command?: string | undefined;
      readonly times?: number | undefined;
  }
  interface Replay extends Kernel {
      readonly remaining: number;
  }
  interface ScheduledConnection {
      readonly destination: DestinationKey;
      readonly decidedBy: 'scheduler' | 'persistence' | 'connection';
      readonly state: string | undefined;
      establish(): void;
      close(): void;
      expire(): void;
  }
  interface Traffic {
      readonly destination?: DestinationKey | undefined;
      readonly connections?: number | bigint | undefined;
      readonly incomingPackets?: number | bigint | undefined;
      readonly outgoingPackets?: number | bigint | undefined;
      readonly incomingBytes?: number | bigint | undefined;
      readonly outgoingBytes?: number | bigint | undefined;
      readonly cpu?: number | undefined;
      readonly active?: number | undefined;
      readonly inactive?: number | undefined;
      readonly persistent?: number | undefined;
  }
  export { Transport } from 'ipvs';
  function record(kernel: Kernel, write: (line: string) => void): Kernel;
  function replay(text: string): Replay;
}

declare module 'ipvs/netlink' {
  export { AbortSignalLike } from 'ipvs';
  interface CallOptions<Request = unknown> {
      readonly signal?: AbortSignalLike | undefined;
      readonly mapError?: ((refusal: KernelError, request: Request) => IpvsLibraryError) | undefined;
  }
  interface Carrier {
      abandon(exchange: Exchange): void;
  }
  interface Codec<T> {
      readonly name: string;
      readonly nested?: boolean;
      readonly writeOnly?: boolean;
      readonly dependsOn?: string;
      readonly fallback?: boolean;
      readonly cases?: Readonly<Record<string, Codec<T>>>;
      read(from: ReadBuffer, at: number, length: number, siblings: Siblings): T;
      write(to: WriteBuffer, value: T, siblings: Siblings): void;
      readonly inPlace?: InPlace;
      locate?(from: ReadBuffer, at: number, length: number, offset: number): string | undefined;
  }
  abstract class Exchange {
      abstract readonly type: number;
      abstract readonly flags: number;
      abstract readonly answer: 'nothing' | 'reply' | 'dump';
      replyType: number;
      abstract write(to: WriteBuffer): void;
      abstract read(from: ReadBuffer, at: number, length: number): void;
      abstract toError(refusal: Refusal, request: ReadBuffer): IpvsLibraryError;
      abstract onDone(): void;
      abstract onFailure(error: unknown): void;
      abstract onInterrupted(request: ReadBuffer): void;
      carrier: Carrier | undefined;
      place: number;
      start: number;
      answered: boolean;
      replies: number;
      interrupted: boolean;
      failure: unknown;
  }
  class Family implements CallSender {
      readonly name: string;
      static resolve(socket: Socket, name: string): Promise<Family>;
      get id(): number;
      get version(): number;
      execute<Q extends Rows, A extends Rows>(operation: Operation<Q, A>, fields: Fields<Q>, options?: CallOptions<Fields<Q>>): Promise<void>;
      request<Q extends Rows, A extends Rows, T = Fields<A>>(operation: Operation<Q, A>, fields: Fields<Q>, map?: ReplyMap<A, T>, options?: CallOptions<Fields<Q>>): Promise<T>;
      dump<Q extends Rows, A extends Rows, T = Fields<A>>(operation: Operation<Q, A>, fields: Fields<Q>, map?: ReplyMap<A, T>, options?: CallOptions<Fields<Q>>): Promise<T[]>;
  }
  type Fields<R extends Rows> = Flatten<Pluck<R, Keys<R, true>> & {
      [K in Keys<R, false>]?: Infer<R[K]['codec']> | undefined;
  } & {
      unknown?: readonly UnknownAttribute[];
  }>;
  type HeaderValues<Members extends Record<string, Scalar>> = {
      readonly [Member in keyof Members]: number;
  };
  interface InPlace {
      readonly size: number;
      read(at: string): string;
      accepts(value: string): string;
      write(at: string, value: string): string;
  }
  type Infer<C> = C extends Codec<infer T> ? T : never;
  export { InputError } from 'ipvs';
  export { IpvsLibraryError } from 'ipvs';
  interface Kernel {
      openNetlink(protocol: NetlinkProtocol): Promise<Transport>;
      readFile(path: string): AsyncIterable<Uint8Array>;
      writeFile(path: string, text: string): Promise<void>;
  }
  export { KernelError } from 'ipvs';
  export { KernelErrorFields } from 'ipvs';
  interface KernelOptions {
      readonly protocol?: NetlinkProtocol | undefined;
      readonly netns?: string | undefined;
      readonly timeout?: number | undefined;
  }
  interface LinuxKernelOptions {
      readonly netns?: string | undefined;
      readonly timeout?: number | undefined;
  }
  type NetlinkProtocol = 'generic' | 'route' | 'netfilter';
  export { Numbered } from 'ipvs';
  interface Operation<Request extends Rows = Rows, Reply extends Rows = Rows> {
      readonly protocol: NetlinkProtocol;
      readonly header: Struct;
      readonly command: number;
      readonly flags: number;
      readonly name: string;
      readonly request: Table<Request>;
      readonly reply: Table<Reply>;
  }
  interface RawCallOptions<Request extends Rows, Members extends Record<string, Scalar>> extends Pick<CallOptions, 'signal'> {
      readonly mapError?: CallOptions<RawMessage<Request, Members>>['mapError'];
  }
  interface RawCommand<Members extends Record<string, Scalar>> {
      readonly protocol: NetlinkProtocol;
      readonly name: string;
      readonly header: Struct<Members>;
      readonly request: number;
      readonly reply?: number | undefined;
      readonly flags?: number | undefined;
  }
  class RawFamily {
      constructor(socket: Socket);
      execute<Q extends Rows, A extends Rows, M extends Record<string, Scalar>>(operation: RawOperation<Q, A, M>, request: RawRequest<Q, M>, options?: RawCallOptions<Q, M>): Promise<void>;
      request<Q extends Rows, A extends Rows, M extends Record<string, Scalar>, T = RawMessage<A, M>>(operation: RawOperation<Q, A, M>, request: RawRequest<Q, M>, map?: (reply: RawMessage<A, M>) => T, options?: RawCallOptions<Q, M>): Promise<T>;
      dump<Q extends Rows, A extends Rows, M extends Record<string, Scalar>, T = RawMessage<A, M>>(operation: RawOperation<Q, A, M>, request?: RawRequest<Q, M>, map?: (reply: RawMessage<A, M>) => T, options?: RawCallOptions<Q, M>): Promise<T[]>;
  }
  interface RawMessage<Reply extends Rows, Members extends Record<string, Scalar>> {
      readonly header: HeaderValues<Members>;
      readonly attributes: Fields<Reply>;
  }
  interface RawOperation<Request extends Rows = Rows, Reply extends Rows = Rows, Members extends Record<string, Scalar> = Record<string, Scalar>> extends Operation<Request, Reply> {
      readonly header: Struct<Members>;
      readonly replyType: number;
  }
  interface RawRequest<Request extends Rows, Members extends Record<string, Scalar>> {
      readonly header?: Partial<HeaderValues<Members>> | undefined;
      readonly attributes?: Fields<Request> | undefined;
  }
  interface ReadBuffer {
      readonly bytes: Uint8Array;
      readonly view: DataView;
      readonly littleEndian: boolean;
  }
  interface ReceiveOptions {
      readonly wait?: boolean | undefined;
      readonly expectMore?: boolean | undefined;
  }
  interface RecordedExchange {
      readonly request: Uint8Array;
      readonly replies: readonly Uint8Array[];
  }
  interface RecordedFile {
      readonly operation: 'read' | 'write';
      readonly path: string;
      readonly code: string | undefined;
      readonly bytes: Uint8Array;
  }
  interface RecordedSocket {
      readonly number: number;
      readonly protocol: NetlinkProtocol;
      readonly receiveBuffer: number;
      readonly largestDatagram: number | undefined;
      readonly exchanges: readonly RecordedExchange[];
  }
  interface Recording {
      readonly exchanges: readonly RecordedExchange[];
      readonly sockets?: readonly RecordedSocket[] | undefined;
      readonly files: readonly RecordedFile[];
      readonly littleEndian: boolean | undefined;
  }
  interface Refusal {
      readonly errno: number;
      readonly detail?: string;
      readonly offset?: number;
  }
  export { Replay } from 'ipvs/testing';
  type ReplyMap<A extends Rows, T> = (reply: Fields<A>, from: ReadBuffer, at: number) => T;
  interface Row<T = unknown, Always extends boolean = boolean> {
      readonly number: number;
      readonly codec: Codec<T>;
      readonly always: Always;
  }
  type Rows = Record<string, Row<any>>;
  type Scalar = 'u8' | 'u16' | 'u32' | 's32';
  type Siblings = Readonly<Record<string, unknown>>;
  class Socket {
      constructor(transport: Transport, { refusesDatagrams }?: SocketOptions);
      submit(exchange: Exchange): void;
      abandon(exchange: Exchange): void;
      close(): Promise<void>;
  }
  interface SocketOptions {
      readonly refusesDatagrams?: boolean | undefined;
  }
  interface Struct<Members extends Record<string, Scalar> = Record<string, Scalar>> {
      readonly name: string;
      readonly members: Members;
      readonly size: number;
      readonly offset: {
          readonly [Member in keyof Members]: number;
      };
  }
  export { SystemError } from 'ipvs';
  interface Table<R extends Rows = Rows> extends Codec<Fields<R>> {
      readonly nested: true;
      readonly rows: R;
      locate(from: ReadBuffer, at: number, length: number, offset: number): string | undefined;
  }
  export { Transport } from 'ipvs';
  export { TransportCode } from 'ipvs';
  export { TransportError } from 'ipvs';
  interface UnknownAttribute {
      readonly type: number;
      readonly payload: Uint8Array;
  }
  type Vocabulary = Readonly<Record<string, readonly Operation<any, any>[]>>;
  export { WireError } from 'ipvs';
  class WriteBuffer implements ReadBuffer {
      bytes: Uint8Array;
      view: DataView;
      at: number;
      readonly littleEndian: boolean;
      constructor(capacity?: number, littleEndian?: boolean);
      reserve(size: number): number;
      ensure(size: number): void;
      append(bytes: Uint8Array): void;
      pad(): void;
      written(): Uint8Array;
  }
  function align(length: number): number;
  const be16: Codec<number>;
  const be32: Codec<number>;
  const bytes: Codec<Uint8Array>;
  const control: import("../codec/table.ts").Table<{
      readonly familyId: import("../codec/table.ts").Row<number, false>;
      readonly familyName: import("../codec/table.ts").Row<string, false>;
      readonly version: import("../codec/table.ts").Row<number, false>;
      readonly headerSize: import("../codec/table.ts").Row<number, false>;
      readonly maxAttribute: import("../codec/table.ts").Row<number, false>;
      readonly operations: import("../codec/table.ts").Row<Uint8Array<ArrayBufferLike> | undefined, false>;
      readonly multicastGroups: import("../codec/table.ts").Row<Uint8Array<ArrayBufferLike> | undefined, false>;
  }>;
  function eachAttribute(from: ReadBuffer, at: number, length: number, visit: (type: number, payload: number, size: number) => void): void;
  function enumOf<const Names extends Record<string, number>>(codec: Codec<number>, names: Names): Codec<(keyof Names & string) | Numbered> & {
      readonly names: Names;
  };
  function errnoName(errno: number): string;
  function errnoNumber(name: string): number | undefined;
  function fallbackFor<T>(sibling: string, codec: Codec<T>): Codec<T | undefined>;
  function formatBytes(bytes: Uint8Array): string;
  const getFamily: import("./operation.ts").Operation<{
      readonly familyId: import("../codec/table.ts").Row<number, false>;
      readonly familyName: import("../codec/table.ts").Row<string, false>;
      readonly version: import("../codec/table.ts").Row<number, false>;
      readonly headerSize: import("../codec/table.ts").Row<number, false>;
      readonly maxAttribute: import("../codec/table.ts").Row<number, false>;
      readonly operations: import("../codec/table.ts").Row<Uint8Array<ArrayBufferLike> | undefined, false>;
      readonly multicastGroups: import("../codec/table.ts").Row<Uint8Array<ArrayBufferLike> | undefined, false>;
  }, {
      readonly familyId: import("../codec/table.ts").Row<number, false>;
      readonly familyName: import("../codec/table.ts").Row<string, false>;
      readonly version: import("../codec/table.ts").Row<number, false>;
      readonly headerSize: import("../codec/table.ts").Row<number, false>;
      readonly maxAttribute: import("../codec/table.ts").Row<number, false>;
      readonly operations: import("../codec/table.ts").Row<Uint8Array<ArrayBufferLike> | undefined, false>;
      readonly multicastGroups: import("../codec/table.ts").Row<Uint8Array<ArrayBufferLike> | undefined, false>;
  }>;
  const hostIsLittleEndian: boolean;
  function kernelTransport(options?: KernelOptions): Promise<Transport>;
  function linuxKernel({ netns, timeout }?: LinuxKernelOptions): Kernel;
  function operation<Request extends Rows, Reply extends Rows>(command: number, name: string, request: Table<Request>, reply: Table<Reply>): Operation<Request, Reply>;
  function optional<T>(number: number, codec: Codec<T>): Row<T, false>;
  function parseNumbered(value: unknown): number | undefined;
  function parseRecording(text: string): Recording;
  function rawOperation<Q extends Rows, A extends Rows, Members extends Record<string, Scalar>>({ protocol, name, header, request: command, reply: replyType, flags }: RawCommand<Members>, request: Table<Q>, reply: Table<A>): RawOperation<Q, A, Members>;
  function readBuffer(bytes: Uint8Array, littleEndian?: boolean): ReadBuffer;
  function readText(kernel: Kernel, path: string): Promise<string>;
  export { record } from 'ipvs/testing';
  function recordTransport(transport: Transport, write: (line: string) => void): Transport;
  export { replay } from 'ipvs/testing';
  function required<T>(number: number, codec: Codec<T>): Row<T, true>;
  function selectBy<T>(sibling: string, cases: Readonly<Record<string, Codec<T>>>, otherwise: Codec<T>): Codec<T>;
  function struct<const Members extends Record<string, Scalar>>(name: string, members: Members): Struct<Members>;
  function structOf<Members extends Record<string, 'u8' | 'u16' | 'u32'>>(struct: Struct<Members>): Codec<{
      [Member in keyof Members]: number;
  }>;
  function table<const R extends Rows>(name: string, rows: R): Table<R>;
  function text(max: number): Codec<string>;
  function traced(transport: Transport, vocabulary: Vocabulary, say: (line: string) => void): Transport;
  const u16: Codec<number>;
  const u32: Codec<number>;
  const u64: Codec<bigint>;
  const u64AsNumber: Codec<number>;
  const u8: Codec<number>;
  function writeOnly<T>(codec: Codec<T>): Codec<T | undefined>;
}
