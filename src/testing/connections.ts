import { type ConnectionSpec, encodeConnection, encodeIdentity } from './ipvs/connections.ts';
import type { Namespace } from './state/namespace.ts';

/**
 * The connections of a fake kernel, which `/proc/net/ip_vs_conn` and `/proc/net/ip_vs_conn_sync` list. The active,
 * inactive and persistent connections of a destination follow them, in addition to what `kernel.traffic` says.
 */
export class Connections {
  readonly #namespace: Namespace;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  /** Number of connections, persistence templates included. */
  get size(): number {
    return this.#namespace.connections.size;
  }

  /**
   * Adds a connection, or changes the one of the same protocol, source and virtual address.
   * @throws InputError for a connection that cannot be, or the key of a service that does not exist
   */
  add(connection: ConnectionSpec): void {
    this.#namespace.addConnection(encodeConnection(this.#namespace, connection));
  }

  /** Removes the connection of the same protocol, source and virtual address; false when there is none. */
  remove(connection: ConnectionSpec): boolean {
    return this.#namespace.connections.remove(encodeIdentity(connection));
  }
}
