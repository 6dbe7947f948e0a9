import type { DestinationKey } from './destination.ts';
import type { ServiceKey } from './service-key.ts';

/** One end of a connection. */
export interface Endpoint {
  /** IPv4 or IPv6 address. */
  readonly address: string;
  /** Port, 0 to 65535; 0 where none is meant. */
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
  readonly origin?: ConnectionOrigin | undefined;
  /** Persistence engine; `/proc/net/ip_vs_conn` alone shows it. */
  readonly engine?: string | undefined;
  /** What the persistence engine tells clients apart by, such as a SIP call's id. */
  readonly engineData?: string | undefined;
}

/** Which connections to list; each property narrows the choice. */
export interface ConnectionFilter {
  /**
   * Those to the address of a service, whichever of its ports where its port is 0. The kernel does not list the mark of a
   * connection: of a service with a firewall mark only the persistence templates are found.
   */
  readonly service?: ServiceKey | undefined;
  /** Those that go to a destination. */
  readonly destination?: DestinationKey | undefined;
  /** Those in a state, or in one of several, as the kernel calls them: `'ESTABLISHED'`. */
  readonly state?: string | readonly string[] | undefined;
  /** `'tcp'`, `'udp'`, `'sctp'`; `'ip'` for templates of services with a firewall mark. */
  readonly protocol?: string | undefined;
  /** Those that were made here, or those that another machine told of. */
  readonly origin?: ConnectionOrigin | undefined;
}
