import { type ConnectionSpec, encodeConnection, encodeIdentity } from './ipvs/connections.ts';
import type { Namespace } from './state/namespace.ts';

/**
 * The connections of a fake kernel, which `/proc/net/ip_vs_conn` and `/proc/net/ip_vs_conn_sync` list. The active,
 * inactive and persistent connections of a destination follow them, in addition to what `kernel.traffic` says.
 */
export interface Connections {
  /** Number of connections, persistence templates included. */
  readonly size: number;

  /**
   * Adds a connection, or changes the one of the same protocol, source and virtual address.
   * @throws InputError for a connection that cannot be, or the key of a service that does not exist
   */
  add(connection: ConnectionSpec): void;

  /** Removes the connection of the same protocol, source and virtual address; false when there is none. */
  remove(connection: ConnectionSpec): boolean;
}

/** The connections of a network namespace, in the words of the API. */
export function connectionsOf(namespace: Namespace): Connections {
  return {
    get size() {
      return namespace.connections.size;
    },
    add: (connection) => namespace.addConnection(encodeConnection(namespace, connection)),
    remove: (connection) => namespace.connections.remove(encodeIdentity(connection)),
  };
}
