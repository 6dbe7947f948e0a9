import type { RealServer } from './real-server.ts';

/** One end of a connection. */
export interface SocketAddress {
  readonly family: number;
  /** 16 bytes. */
  readonly address: Buffer;
  readonly port: number;
}

/** `struct ip_vs_conn`. */
export interface TableConnection {
  /** `IPPROTO_*`; 0 for the template of a service with a firewall mark. */
  readonly protocol: number;
  readonly client: SocketAddress;
  readonly virtual: SocketAddress;
  readonly destination: SocketAddress;
  readonly state: string;
  /** True if it was received from another director (IP_VS_CONN_F_SYNC). */
  readonly synchronised: boolean;
  /** Seconds of the fake's clock. */
  readonly expiresAt: number;
  /** Persistence engine, empty for none, and what it tells clients apart by. */
  readonly engine: string;
  readonly engineData: string;
  /** The destination in the table that counts it, and how; undefined for one that is not there. */
  readonly server: RealServer | undefined;
  readonly counter: 'active' | 'inactive' | 'persistent';
}

/** The identity of a connection (ip_vs_conn.c, ip_vs_conn_in_get). */
export type ConnectionIdentity = Pick<TableConnection, 'protocol' | 'client' | 'virtual'>;

/** The connections of a namespace. */
export class ConnectionTable {
  readonly #byKey = new Map<string, TableConnection>();
  /** A time no later than the first expiry. */
  due = Infinity;

  get size(): number {
    return this.#byKey.size;
  }

  list(): Iterable<TableConnection> {
    return this.#byKey.values();
  }

  /** Hashes of both directions of every connection (ip_vs_conn.c, ip_vs_conn_hash). */
  hashes(): number[] {
    return [...this.#byKey.values()].flatMap((connection) => [
      hash(connection.client, connection.virtual),
      hash(connection.client, connection.destination),
    ]);
  }

  /** Adds a connection in the place of one between the same ends. */
  add(connection: TableConnection): void {
    this.remove(connection);
    this.#byKey.set(key(connection), connection);
    if (connection.server) connection.server[connection.counter]++;
    this.due = Math.min(this.due, connection.expiresAt);
  }

  /** Removes the connection between these ends; false when there is none. */
  remove(identity: ConnectionIdentity): boolean {
    const connection = this.#byKey.get(key(identity));
    if (!connection) return false;
    this.#byKey.delete(key(identity));
    if (connection.server) connection.server[connection.counter]--;
    return true;
  }

  /** Forgets those whose time is over (ip_vs_conn.c, ip_vs_conn_expire). */
  expire(now: number): void {
    this.due = Infinity;
    for (const connection of this.#byKey.values())
      if (connection.expiresAt <= now) this.remove(connection);
      else this.due = Math.min(this.due, connection.expiresAt);
  }
}

function hash(client: SocketAddress, other: SocketAddress): number {
  let sum = client.port * 31 + other.port;
  for (const byte of [...client.address, ...other.address]) sum = (Math.imul(sum, 31) + byte) | 0;
  return sum >>> 0;
}

function key({ protocol, client, virtual }: ConnectionIdentity): string {
  const end = ({ address, port }: SocketAddress) => `${address.toString('latin1')}${port}`;
  return `${protocol} ${client.family} ${end(client)} ${end(virtual)}`;
}
