import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { type DestinationKey, encodeDestinationKey } from '../../ipvs/model/destination.ts';
import { encodeServiceKey, type ServiceKey } from '../../ipvs/model/service-key.ts';
import { destination as destinationTable, service as serviceTable } from '../../ipvs/wire/tables.ts';
import { type Fields, type Rows, readBuffer, type Table, WriteBuffer } from '../../netlink/index.ts';
import { Attribute } from '../netlink/attributes.ts';
import type { Counters } from '../state/estimator.ts';
import type { Namespace } from '../state/namespace.ts';
import type { RealServer } from '../state/real-server.ts';
import type { VirtualService } from '../state/virtual-service.ts';
import { identify, parseDestination } from './parse-destination.ts';
import { parseService } from './parse-service.ts';

/** Traffic through a service, added to earlier traffic. */
export interface Traffic {
  /** The destination that it goes to. Default: none, only the service counts it. */
  readonly destination?: DestinationKey | undefined;
  /** New connections. Default 0. */
  readonly connections?: number | bigint | undefined;
  /** Packets to the service. Default 0. */
  readonly incomingPackets?: number | bigint | undefined;
  /** Packets from the destination. Default 0. */
  readonly outgoingPackets?: number | bigint | undefined;
  /** Bytes to the service. Default 0. */
  readonly incomingBytes?: number | bigint | undefined;
  /** Bytes from the destination. Default 0. */
  readonly outgoingBytes?: number | bigint | undefined;
  /** The processor that counts it in `/proc/net/ip_vs_stats_percpu`. Default 0. */
  readonly cpu?: number | undefined;
  /** Active connections that the destination has more than before; negative for fewer. */
  readonly active?: number | undefined;
  /** Inactive connections that it has more. */
  readonly inactive?: number | undefined;
  /** Persistence templates that it has more. */
  readonly persistent?: number | undefined;
}

const PROPERTIES = [
  'destination',
  'connections',
  'incomingPackets',
  'outgoingPackets',
  'incomingBytes',
  'outgoingBytes',
  'cpu',
  'active',
  'inactive',
  'persistent',
] as const satisfies (keyof Traffic)[];

/** Counts traffic where the kernel does (ip_vs_core.c, ip_vs_in_stats, ip_vs_out_stats and ip_vs_conn_stats). */
export function pass(namespace: Namespace, key: ServiceKey, traffic: Traffic): void {
  assertKnownProperties('traffic', traffic, PROPERTIES);
  const service = findService(namespace, key);
  const cpu = cpuOf(namespace, traffic);
  const destination = traffic.destination && findDestination(service, traffic.destination);
  const counted = countersOf(traffic);
  if (destination) connect(destination, traffic);
  for (const counting of [destination, service]) counting?.estimator.count(counted);
  namespace.count(counted, cpu);
}

/** The service of a key. Throws InputError when there is none. */
export function findService(namespace: Namespace, key: ServiceKey): VirtualService {
  const { service } = parseService(namespace, attribute(serviceTable, encodeServiceKey(key)));
  if (!service) throw new InputError('must be the key of a service that exists', key, 'service');
  return service;
}

function findDestination(service: VirtualService, key: DestinationKey): RealServer {
  const named = parseDestination(attribute(destinationTable, encodeDestinationKey(key)));
  const destination = service.destinations.find(identify(named, service.identity.family));
  if (!destination) throw new InputError('must be the key of a destination of the service', key, 'destination');
  return destination;
}

function connect(destination: RealServer, traffic: Traffic): void {
  for (const kind of ['active', 'inactive', 'persistent'] as const) {
    const more = traffic[kind] ?? 0;
    if (!Number.isInteger(more) || destination[kind] + more < 0)
      throw new InputError(`must be an integer that leaves no fewer than 0 connections`, more, `traffic.${kind}`);
  }
  destination.active += traffic.active ?? 0;
  destination.inactive += traffic.inactive ?? 0;
  destination.persistent += traffic.persistent ?? 0;
}

function cpuOf({ perCpu }: Namespace, { cpu = 0 }: Traffic): number {
  if (perCpu[cpu] === undefined)
    throw new InputError(`must be the number of a processor, 0 to ${perCpu.length - 1}`, cpu, 'traffic.cpu');
  return cpu;
}

function countersOf({
  connections,
  incomingPackets,
  outgoingPackets,
  incomingBytes,
  outgoingBytes,
}: Traffic): Counters {
  const counters = { connections, incomingPackets, outgoingPackets, incomingBytes, outgoingBytes };
  for (const [counter, value = 0] of Object.entries(counters))
    if (value < 0 || (typeof value === 'number' && !Number.isInteger(value)))
      throw new InputError('must be an integer, 0 or more', value, `traffic.${counter}`);
  return [
    BigInt(connections ?? 0),
    BigInt(incomingPackets ?? 0),
    BigInt(outgoingPackets ?? 0),
    BigInt(incomingBytes ?? 0),
    BigInt(outgoingBytes ?? 0),
  ];
}

/** A key as a request carries it. */
function attribute<R extends Rows>(table: Table<R>, fields: Fields<R>): Attribute {
  const to = new WriteBuffer();
  table.write(to, fields, {});
  return new Attribute(readBuffer(to.written()), 0, to.at);
}
