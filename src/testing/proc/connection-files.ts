import type { SocketAddress, TableConnection } from '../connections/connection-table.ts';
import type { Namespace } from '../state/namespace.ts';
import { hex, hexAddress, protocolName } from './format.ts';

/** `/proc/net/ip_vs_conn` (net/netfilter/ipvs/ip_vs_conn.c, ip_vs_conn_seq_show). */
export function* connectionFile({ connections, now }: Namespace): Generator<string> {
  yield 'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n';
  for (const connection of connections.list()) {
    const { engine, engineData } = connection;
    const told = engine ? ` ${engine} ${engineData}` : '';
    yield `${start(connection)} ${left(connection, now)}${told}\n`;
  }
}

/** `/proc/net/ip_vs_conn_sync` (ip_vs_conn_sync_seq_show). */
export function* synchronisedConnectionFile({ connections, now }: Namespace): Generator<string> {
  yield 'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Origin Expires\n';
  for (const connection of connections.list()) {
    const origin = connection.synchronised ? 'SYNC' : 'LOCAL';
    yield `${start(connection)} ${origin.padEnd(6)} ${left(connection, now)}\n`;
  }
}

function start({ protocol, client, virtual, destination, state }: TableConnection): string {
  const ends = [client, virtual, destination].map(endText);
  return [protocolName(protocol).padEnd(3), ...ends, state.padEnd(11)].join(' ');
}

function endText({ family, address, port }: SocketAddress): string {
  return `${hexAddress(family, address)} ${hex(port, 4)}`;
}

/** Seconds until the connection expires, rounded down and padded. */
function left({ expiresAt }: TableConnection, now: number): string {
  return `${Math.floor(expiresAt - now)}`.padStart(7);
}
