import { InputError } from '../errors/input-error.ts';
import { assertKnownProperties } from '../errors/known-properties.ts';
import { assertInteger } from '../errors/validate.ts';
import type { Endpoint } from '../ipvs/model/connection.ts';
import type { DestinationKey } from '../ipvs/model/destination.ts';
import { forwardingMethods, protocols } from '../ipvs/wire/numbers.ts';
import type { TableConnection } from './connections/connection-table.ts';
import { encodeEnd, protocolNumber } from './ipvs/connections.ts';
import { enterState, type FirstPacket, receive } from './packets/receive.ts';
import { AF_INET6, addressText } from './servers/address.ts';
import type { Namespace } from './state/namespace.ts';

/** The first packet of a connection, for {@link FakeKernel.schedule}: a SYN of TCP, an INIT of SCTP, or a datagram of UDP. */
export interface PacketSpec {
  /** The transport protocol; IPVS schedules no others. */
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** The client: an address of the family of `virtual`, and a port from 1 to 65535. Packets from port 20, FTP's data, are not scheduled. */
  readonly source: Endpoint;
  /**
   * Where the client sends it: the address of a service, or any address where the mark finds one; a port from 1 to 65535. The
   * service is looked for as the kernel does: by the mark, by address and port, as FTP's data, by the address with port 0
   * (ip_vs_ctl.c, `ip_vs_service_find`).
   */
  readonly virtual: Endpoint;
  /** Firewall mark, 0 to 4294967295. Default 0, none. */
  readonly fwmark?: number | undefined;
  /** Length in bytes with the IP header, which the statistics count. Default: that of the headers alone, 40 for TCP over IPv4. */
  readonly bytes?: number | undefined;
}

/** A connection that was given to a destination. With the flag `one-packet` it is over already. */
export interface ScheduledConnection {
  /** The destination of the service, as `ipvs.destinations(service)` lists it; its port is 0 where it takes that of the service. */
  readonly destination: DestinationKey;
  /**
   * `'scheduler'` for a new choice; `'persistence'` where a template keeps the client at its destination (ip_vs_core.c,
   * `ip_vs_sched_persist`); `'connection'` where there was one between the same ends.
   */
  readonly decidedBy: 'scheduler' | 'persistence' | 'connection';
  /**
   * As `/proc/net/ip_vs_conn` shows it: `'SYN_RECV'` for TCP, `'INIT1'` for SCTP and `'UDP'` after the first packet. Undefined when it is
   * not, or no longer, in the kernel's table.
   */
  readonly state: string | undefined;
  /**
   * Lets the ends answer one another, so that TCP and SCTP are established and a persistence template is assured (ip_vs_proto_tcp.c,
   * `set_tcp_state`). An opening connection of TCP counts as active already, one of SCTP only now, one of UDP never. This and `close`
   * do nothing once the destination was removed, since packets to it are dropped, or the connection was closed, nor where the sysctl
   * `backup_only` keeps packets from being looked at.
   * @throws InputError when it is no longer in the table
   */
  establish(): void;
  /**
   * Lets both ends close it. It stays in the table, inactive, until its time is over: for TCP 120 seconds, for SCTP 61. UDP has no
   * end, and stays as it is.
   * @throws InputError when it is no longer in the table
   */
  close(): void;
  /**
   * Takes it out of the table, as when its time is over.
   * @throws InputError when it is no longer in the table
   */
  expire(): void;
}

const PROPERTIES = ['protocol', 'source', 'virtual', 'fwmark', 'bytes'] as const satisfies (keyof PacketSpec)[];

/** States that no packet but a new SYN leads out of. */
const CLOSING: readonly string[] = ['FIN_WAIT', 'TIME_WAIT', 'CLOSE', 'CLOSE_WAIT', 'LAST_ACK'];

/** Bytes of the least header of each protocol: of SCTP with the INIT. */
const HEADERS: Readonly<Record<number, number>> = { [protocols.tcp]: 20, [protocols.udp]: 8, [protocols.sctp]: 32 };
const IP_HEADERS = { inet: 20, inet6: 40 } as const;

/** Gives a packet to a namespace, in the words of the API. Throws InputError. */
export function scheduleIn(namespace: Namespace, spec: PacketSpec): ScheduledConnection | undefined {
  const packet = encodePacket(spec);
  const received = receive(namespace, packet);
  const server = received?.connection.server;
  if (!received || !server) return undefined;
  const { connection, decidedBy } = received;
  const { address, port } = server.identity;
  return {
    destination: { address: addressText(server.identity.family, address), port },
    decidedBy,
    get state() {
      return namespace.connections.has(connection) ? connection.state : undefined;
    },
    establish: () => establish(namespace, connection),
    close: () => close(namespace, connection),
    expire() {
      assertThere(namespace, connection);
      namespace.connections.remove(connection);
    },
  };
}

function encodePacket(spec: PacketSpec): FirstPacket {
  assertKnownProperties('packet', spec, PROPERTIES);
  const protocol = protocolNumber('packet.protocol', spec.protocol);
  const client = encodeEnd(spec.source, 'packet.source');
  const virtual = encodeEnd(spec.virtual, 'packet.virtual');
  const least = HEADERS[protocol];
  if (least === undefined) throw new InputError('must be tcp, udp or sctp', spec.protocol, 'packet.protocol');
  for (const [name, { port }] of Object.entries({ source: client, virtual }))
    assertInteger(`packet.${name}.port`, port, 1, 65535);
  if (client.family !== virtual.family)
    throw new InputError('must be of the family of packet.virtual', spec.source.address, 'packet.source.address');
  const { fwmark = 0, bytes = least + (client.family === AF_INET6 ? IP_HEADERS.inet6 : IP_HEADERS.inet) } = spec;
  assertInteger('packet.fwmark', fwmark, 0, 0xffff_ffff);
  assertInteger('packet.bytes', bytes, 0, 0xffff_ffff);
  return { protocol, client, virtual, fwmark, bytes };
}

function establish(namespace: Namespace, connection: TableConnection): void {
  if (!mayPass(namespace, connection) || CLOSING.includes(connection.state)) return;
  if (connection.control) connection.control.state = 'ASSURED';
  enterState(namespace, connection, connection.protocol === protocols.udp ? 'UDP' : 'ESTABLISHED');
}

/** Masquerading sees both directions, all other ways of forwarding only the client's (ip_vs_proto_tcp.c, tcp_states). */
function close(namespace: Namespace, connection: TableConnection): void {
  if (!mayPass(namespace, connection) || CLOSING.includes(connection.state)) return;
  const { state, forwarding } = connection;
  const half = state === 'ESTABLISHED' && forwarding !== forwardingMethods.masquerade;
  if (connection.protocol === protocols.tcp) enterState(namespace, connection, half ? 'FIN_WAIT' : 'TIME_WAIT');
  if (connection.protocol === protocols.sctp) enterState(namespace, connection, 'CLOSED');
}

/** False while the destination is not there, to which packets are dropped, or packets are not looked at. */
function mayPass(namespace: Namespace, connection: TableConnection): boolean {
  assertThere(namespace, connection);
  return connection.server?.available === true && !namespace.onlyBackup;
}

function assertThere({ connections }: Namespace, connection: TableConnection): void {
  if (connections.has(connection)) return;
  throw new InputError('must still be in the table', connection.state, 'connection');
}
