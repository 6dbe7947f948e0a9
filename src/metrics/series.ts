import type { Daemon } from '../ipvs/model/daemon.ts';
import type { Destination } from '../ipvs/model/destination.ts';
import type { Info } from '../ipvs/model/info.ts';
import type { Service } from '../ipvs/model/service.ts';
import type { Statistics } from '../ipvs/model/statistics.ts';
import type { Status } from '../ipvs/observe/status.ts';
import type { Labels } from './labels.ts';

/** A metric of each of some things. */
export interface Row<Of> {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  /** Labels beside those that identify the thing. */
  labels?(of: Of): Labels;
  /** Undefined where there is no such value. */
  value(of: Of): number | bigint | undefined;
}

const counters = [
  ['connections_total', 'connections', 'The total number of connections made.'],
  ['incoming_packets_total', 'incomingPackets', 'The total number of incoming packets.'],
  ['outgoing_packets_total', 'outgoingPackets', 'The total number of outgoing packets.'],
  ['incoming_bytes_total', 'incomingBytes', 'The total amount of incoming data.'],
  ['outgoing_bytes_total', 'outgoingBytes', 'The total amount of outgoing data.'],
] as const;

function counterRows<Of>(prefix: string, of: string, statistics: (of: Of) => Statistics): Row<Of>[] {
  return counters.map(([name, counter, help]) => ({
    name: `${prefix}_${name}`,
    help: of ? `${help.slice(0, -1)} of ${of}.` : help,
    type: 'counter',
    value: (each) => statistics(each)[counter],
  }));
}

/** node_exporter's (collector/ipvs_linux.go). */
export const totalRows: readonly Row<Statistics>[] = counterRows('node_ipvs', '', (totals) => totals);

/** What node_exporter tells of a destination. */
export type Backend = Pick<Destination, 'activeConnections' | 'inactiveConnections' | 'weight'>;

/** node_exporter's. */
export const backendRows: readonly Row<Backend>[] = [
  {
    name: 'node_ipvs_backend_connections_active',
    help: 'The current active connections by local and remote address.',
    type: 'gauge',
    value: ({ activeConnections }) => activeConnections,
  },
  {
    name: 'node_ipvs_backend_connections_inactive',
    help: 'The current inactive connections by local and remote address.',
    type: 'gauge',
    value: ({ inactiveConnections }) => inactiveConnections,
  },
  {
    name: 'node_ipvs_backend_weight',
    help: 'The current backend weight by local and remote address.',
    type: 'gauge',
    value: ({ weight }) => weight,
  },
];

export const serviceRows: readonly Row<Service>[] = [
  {
    name: 'ipvs_service_info',
    help: 'A service, with its scheduler.',
    type: 'gauge',
    labels: ({ scheduler }) => ({ scheduler }),
    value: () => 1,
  },
  ...counterRows<Service>('ipvs_service', 'a service', ({ statistics }) => statistics),
];

export const destinationRows: readonly Row<Destination>[] = [
  ...counterRows<Destination>('ipvs_destination', 'a destination', ({ statistics }) => statistics),
  {
    name: 'ipvs_destination_persistent_connections',
    help: 'The current persistence templates of a destination.',
    type: 'gauge',
    value: ({ persistentConnections }) => persistentConnections,
  },
  {
    name: 'ipvs_destination_upper_threshold',
    help: 'The number of connections with which a destination takes no more; absent without a limit.',
    type: 'gauge',
    value: ({ upperThreshold }) => (upperThreshold > 0 ? upperThreshold : undefined),
  },
  {
    name: 'ipvs_destination_lower_threshold',
    help: 'The number of connections below which a destination takes more again; absent without one.',
    type: 'gauge',
    value: ({ lowerThreshold }) => (lowerThreshold > 0 ? lowerThreshold : undefined),
  },
  {
    name: 'ipvs_destination_at_upper_threshold',
    help: 'Whether a destination has as many connections as its upper threshold; absent without a limit.',
    type: 'gauge',
    value: ({ upperThreshold, activeConnections, inactiveConnections }) =>
      upperThreshold > 0 ? Number(activeConnections + inactiveConnections >= upperThreshold) : undefined,
  },
];

export const daemonRows: readonly Row<Daemon>[] = [
  {
    name: 'ipvs_sync_daemon_info',
    help: 'A running sync daemon.',
    type: 'gauge',
    labels: (daemon) => ({ state: daemon.state, interface: daemon.interface, sync_id: `${daemon.syncId}` }),
    value: () => 1,
  },
];

export const infoRows: readonly Row<Info>[] = [
  {
    name: 'ipvs_connection_table_buckets',
    help: 'The buckets of the connection table.',
    type: 'gauge',
    value: ({ connectionTableSize }) => connectionTableSize,
  },
];

/** Linux 7.2. */
export const statusRows: readonly Row<Status>[] = [
  {
    name: 'ipvs_connection_table_connections',
    help: 'The connections in the connection table, persistence templates included.',
    type: 'gauge',
    value: ({ connections }) => connections,
  },
];
