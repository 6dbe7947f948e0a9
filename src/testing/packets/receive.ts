import { InputError } from '../../errors/input-error.ts';
import { ONEPACKET, PERSISTENT } from '../../ipvs/model/flags.ts';
import { forwardingMethods, protocols } from '../../ipvs/wire/numbers.ts';
import type { SocketAddress, TableConnection } from '../connections/connection-table.ts';
import { counterOf, opened, type ProtocolStates, protocolStates } from '../connections/states.ts';
import type { Counters } from '../servers/estimator.ts';
import type { RealServer } from '../servers/real-server.ts';
import type { ServiceIdentity } from '../servers/service-identity.ts';
import type { Namespace } from '../state/namespace.ts';
import type { VirtualService } from '../state/virtual-service.ts';
import { FTP, makeTemplate, templateFor } from './templates.ts';

const FTP_DATA = 20;
/** Ports from here on may be those of FTP's data (net.ipv4.ip_unprivileged_port_start). */
const UNPRIVILEGED = 1024;
/** Seconds of a connection before a packet passed. */
const FIRST_TIMEOUT = 3;

/** The first packet of a connection: a SYN, an INIT or a datagram. */
export interface FirstPacket {
  /** `IPPROTO_*` */
  readonly protocol: number;
  readonly client: SocketAddress;
  /** Where the packet goes. */
  readonly virtual: SocketAddress;
  /** 0 for none. */
  readonly fwmark: number;
  /** Length with its IP header. */
  readonly bytes: number;
}

/** Where a packet goes, and what decided that. */
export interface Received {
  readonly connection: TableConnection;
  readonly decidedBy: 'scheduler' | 'persistence' | 'connection';
}

/**
 * Receives a packet from a client (ip_vs_core.c, ip_vs_in_hook). Throws InputError when no service is there for it.
 * @returns undefined when it is dropped, or not looked at
 */
export function receive(namespace: Namespace, packet: FirstPacket): Received | undefined {
  if (namespace.onlyBackup) return undefined;
  const { connections } = namespace;
  const known = connections.find(packet);
  const expired = known && isToExpire(namespace, packet, known);
  if (known && !expired) {
    if (known.server && !known.server.available) return undefined;
    pass(namespace, packet, known);
    return { connection: known, decidedBy: 'connection' };
  }
  const received = schedule(namespace, packet);
  if (known && connections.find(packet) === known) connections.remove(known);
  if (received) pass(namespace, packet, received.connection);
  return received;
}

/** True if a connection between these ends makes way for a new one. */
function isToExpire({ sysctls }: Namespace, { protocol }: FirstPacket, known: TableConnection): boolean {
  const { server } = known;
  const opens = protocol !== protocols.udp;
  if (opens && isReusable(known, sysctls.value('conn_reuse_mode'))) return true;
  if (!server || sysctls.value('expire_nodest_conn') === 0) return false;
  return !server.available || (opens && server.setup.weight === 0);
}

/** True if a connection that is over lets another have its ports (ip_vs_core.c, is_new_conn_expected). */
function isReusable({ protocol, control, state, forwarding }: TableConnection, mode: number): boolean {
  if (mode === 0 || control) return false;
  if (protocol !== protocols.tcp) return state === 'CLOSED';
  if (state === 'FIN_WAIT') return (mode & 2) !== 0 && forwarding !== forwardingMethods.masquerade;
  return state === 'TIME_WAIT' || state === 'CLOSE';
}

/** Chooses a destination for a new connection (ip_vs_core.c, ip_vs_schedule and ip_vs_sched_persist). */
function schedule(namespace: Namespace, packet: FirstPacket): Received | undefined {
  const service = findService(namespace, packet);
  if (packet.client.port === FTP_DATA) return undefined;
  const persistent = (service.flags & PERSISTENT) !== 0;
  if (!persistent && !service.identity.fwmark && service.identity.port !== packet.virtual.port) return undefined;
  const known = persistent ? templateFor(namespace, service, packet) : undefined;
  const server = known?.server ?? choose(service, packet);
  if (!server) return undefined;
  const control = known ?? (persistent ? makeTemplate(namespace, service, packet, server) : undefined);
  if (persistent && !control) return undefined;
  const connection = connect(namespace, service, packet, server, control);
  if (control) namespace.connections.touch(control, namespace.now);
  if (!connection) return undefined;
  count(namespace, [server, service], [1n, 0n, 0n, 0n, 0n]);
  return { connection, decidedBy: known ? 'persistence' : 'scheduler' };
}

/** ip_vs_ctl.c, ip_vs_service_find */
function findService({ services }: Namespace, { protocol, virtual, fwmark }: FirstPacket): VirtualService {
  const { family, address, port } = virtual;
  const at = (identity: Partial<ServiceIdentity>) =>
    services.find({ family, protocol, address, port, fwmark: 0, ...identity });
  const marked = { protocol: protocols.tcp, address: Buffer.alloc(16), port: 0, fwmark };
  const mayBeFtp = protocol === protocols.tcp && (port === FTP_DATA || port >= UNPRIVILEGED);
  const service =
    (fwmark ? at(marked) : undefined) ?? at({}) ?? (mayBeFtp ? at({ port: FTP }) : undefined) ?? at({ port: 0 });
  if (service) return service;
  throw new InputError(
    'must be an address and port, or have a mark, that a service is there for',
    port,
    'packet.virtual',
  );
}

function choose(service: VirtualService, { client, virtual }: FirstPacket): RealServer | undefined {
  const { scheduler, engine, scheduling } = service;
  if (engine) throw new InputError('must belong to a service without a persistence engine', engine, 'packet.virtual');
  if (scheduler === 'none') return undefined;
  if (!scheduling)
    throw new InputError('must belong to a service whose scheduler is known here', scheduler, 'packet.virtual');
  const { address: sourceAddress, port: sourcePort } = client;
  return scheduling.schedule({ sourceAddress, sourcePort, destinationAddress: virtual.address });
}

/**
 * Makes a connection, which stays in the table unless each packet is one of its own (ip_vs_conn.c, ip_vs_conn_new).
 * @returns undefined where there is no room for it
 */
function connect(
  namespace: Namespace,
  service: VirtualService,
  { protocol, client, virtual }: FirstPacket,
  server: RealServer,
  control: TableConnection | undefined,
): TableConnection | undefined {
  if (namespace.full) return undefined;
  const { family, address, port } = server.identity;
  const keepsPort = port === 0 || (control && virtual.port !== service.identity.port);
  const connection: TableConnection = {
    protocol,
    client,
    virtual,
    destination: { family, address, port: keepsPort ? virtual.port : port },
    state: 'NONE',
    synchronised: false,
    expiresAt: namespace.now + FIRST_TIMEOUT,
    timeout: FIRST_TIMEOUT,
    engine: '',
    engineData: '',
    server,
    forwarding: server.setup.forwarding,
    counter: 'inactive',
    control,
    controlled: 0,
  };
  if (service.flags & ONEPACKET && protocol === protocols.udp) {
    server.bind('inactive');
    server.unbind('inactive');
  } else namespace.addConnection(connection);
  return connection;
}

/** Lets a packet pass on a connection: it is counted, and may change the state (ip_vs_core.c, ip_vs_in_stats, ip_vs_set_state). */
function pass(namespace: Namespace, packet: FirstPacket, connection: TableConnection): void {
  const { server, protocol, state } = connection;
  if (server?.available) {
    const service = server.service as VirtualService;
    count(namespace, [server, service], [0n, 1n, 0n, BigInt(packet.bytes), 0n]);
  }
  if (namespace.connections.has(connection)) enterState(namespace, connection, opened(statesOf(protocol), state));
}

/** Puts a connection into a state, with its count and timeout (ip_vs_proto_tcp.c, set_tcp_state). */
export function enterState(namespace: Namespace, connection: TableConnection, state: string): void {
  const { server, protocol, counter, control } = connection;
  const states = statesOf(protocol);
  const next = counterOf(states, state);
  if (server && next !== counter) server.move(counter, next);
  if (control && state === 'ESTABLISHED' && connection.state !== state) control.state = 'ASSURED';
  connection.counter = next;
  connection.state = state;
  connection.timeout = states.timeouts(namespace.timeouts)[state] ?? 0;
  namespace.connections.touch(connection, namespace.now);
}

export function statesOf(protocol: number): ProtocolStates {
  const states = protocolStates.get(protocol);
  if (!states) throw new InputError('must be tcp, udp or sctp', protocol, 'packet.protocol');
  return states;
}

function count(
  namespace: Namespace,
  counting: readonly { readonly estimator: { count(counters: Counters): void } }[],
  counters: Counters,
): void {
  for (const { estimator } of counting) estimator.count(counters);
  namespace.count(counters, 0);
}
