import type { ConnectionCounter, RealServer } from '../servers/real-server.ts';

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
  virtual: SocketAddress;
  destination: SocketAddress;
  state: string;
  /** True if it was received from another director (IP_VS_CONN_F_SYNC). */
  readonly synchronised: boolean;
  /** Seconds of the fake's clock. */
  expiresAt: number;
  /** Seconds that its timer is set to with each packet. */
  timeout: number;
  /** Persistence engine, empty for none, and what it tells clients apart by. */
  readonly engine: string;
  readonly engineData: string;
  /** The destination in the table that counts it, and how; undefined for one that is not there. */
  readonly server: RealServer | undefined;
  /** The forwarding method that its destination had when it was made (ip_vs_conn.c, ip_vs_bind_dest). */
  readonly forwarding: number | undefined;
  counter: ConnectionCounter;
  /** The template that it came from. */
  readonly control?: TableConnection | undefined;
  /** Number of connections that came from it. */
  controlled: number;
}

/** The identity of a connection (ip_vs_conn.c, ip_vs_conn_in_get). */
export type ConnectionIdentity = Pick<TableConnection, 'protocol' | 'client' | 'virtual'>;

/** Seconds until a template is asked again that could not go (ip_vs_conn.c, ip_vs_conn_expire). */
const LATER = 60;

/** Port of a template that leads nowhere any more. */
const INVALID = 0xffff;

/** The connections of a namespace. */
export class ConnectionTable {
  readonly #byKey = new Map<string, TableConnection>();
  /** Templates that wait for their end. */
  readonly #invalid = new Set<TableConnection>();
  /** A time no later than the first expiry. */
  due = Infinity;

  get size(): number {
    return this.#byKey.size + this.#invalid.size;
  }

  *list(): Generator<TableConnection, void, undefined> {
    yield* this.#byKey.values();
    yield* this.#invalid;
  }

  find(identity: ConnectionIdentity): TableConnection | undefined {
    return this.#byKey.get(key(identity));
  }

  has(connection: TableConnection): boolean {
    return this.find(connection) === connection || this.#invalid.has(connection);
  }

  /** Hashes of both directions of every connection (ip_vs_conn.c, ip_vs_conn_hash). */
  hashes(): number[] {
    return [...this.list()].flatMap((connection) => [
      hash(connection.client, connection.virtual),
      hash(connection.client, connection.destination),
    ]);
  }

  /** Adds a connection in the place of one between the same ends, which ends only then. */
  add(connection: TableConnection): void {
    const former = this.find(connection);
    this.#byKey.set(key(connection), connection);
    connection.server?.bind(connection.counter);
    if (connection.control) connection.control.controlled++;
    if (former) release(former);
    this.due = Math.min(this.due, connection.expiresAt);
  }

  /** Removes the connection between these ends; false when there is none. */
  remove(identity: ConnectionIdentity): boolean {
    const connection = this.find(identity);
    if (connection) this.#drop(connection);
    return connection !== undefined;
  }

  /** Sets the timer of a connection anew (ip_vs_conn.c, ip_vs_conn_put). */
  touch(connection: TableConnection, now: number): void {
    connection.expiresAt = now + connection.timeout;
    this.due = Math.min(this.due, connection.expiresAt);
  }

  /**
   * Makes a template lead nowhere, until its time is over (ip_vs_conn.c, ip_vs_check_template).
   * @param visibly whether its virtual port shows it too
   */
  invalidate(template: TableConnection, visibly: boolean): void {
    this.#byKey.delete(key(template));
    this.#invalid.add(template);
    template.destination = { ...template.destination, port: INVALID };
    if (visibly) template.virtual = { ...template.virtual, port: INVALID };
  }

  /** Forgets those whose time is over, but for templates of others that remain (ip_vs_conn.c, ip_vs_conn_expire). */
  expire(now: number): void {
    const over = [...this.list()].filter(({ expiresAt }) => expiresAt <= now);
    for (const connection of over) if (connection.counter !== 'persistent') this.#drop(connection);
    for (const template of over) if (template.counter === 'persistent') this.#dropTemplate(template, now);
    this.due = Infinity;
    for (const { expiresAt } of this.list()) this.due = Math.min(this.due, expiresAt);
  }

  /** Forgets those whose destination was removed, but for templates of others that remain (ip_vs_conn.c, ip_vs_expire_nodest_conn_flush). */
  expireWithoutServer(): void {
    const over = [...this.list()].filter(({ server }) => server && !server.available);
    for (const connection of over) if (connection.counter !== 'persistent') this.#drop(connection);
    for (const template of over)
      if (template.counter === 'persistent' && template.controlled === 0) this.#drop(template);
  }

  #dropTemplate(template: TableConnection, now: number): void {
    if (template.controlled > 0) {
      template.timeout = LATER;
      this.touch(template, now);
    } else this.#drop(template);
  }

  #drop(connection: TableConnection): void {
    if (!this.#invalid.delete(connection)) this.#byKey.delete(key(connection));
    release(connection);
  }
}

function release({ server, counter, control }: TableConnection): void {
  server?.unbind(counter);
  if (control) control.controlled--;
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
