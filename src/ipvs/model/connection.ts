/** One end of a connection. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Where a connection was made: by this machine, or by another whose sync daemon told of it. */
export type ConnectionOrigin = 'local' | 'sync';

/** A connection in the kernel's table, or a persistence template, which sends a client's next connections to the same destination. */
export interface Connection {
  /** `'tcp'`, `'udp'`, `'sctp'`; `'ip'` for a template of a service with a firewall mark. */
  readonly protocol: string;
  /** The client. Port 0 stands for all its connections, and the address is masked as the service's persistence says. */
  readonly source: Endpoint;
  /** The service. A firewall mark is written like an address: 77 is `'0.0.0.77'`, in IPv6 `'0:4d::'`. */
  readonly virtual: Endpoint;
  /** The destination, whose family may be another one. */
  readonly destination: Endpoint;
  /** As the kernel calls it, such as `'ESTABLISHED'`. */
  readonly state: string;
  /** Whole seconds until it is forgotten. */
  readonly expires: number;
  /** Present where `/proc/net/ip_vs_conn_sync` was read. */
  readonly origin?: ConnectionOrigin;
  /** Persistence engine; `/proc/net/ip_vs_conn` alone shows it. */
  readonly engine?: string;
  /** What the persistence engine tells clients apart by, such as a SIP call's id. */
  readonly engineData?: string;
}
