import { InputError } from '../../errors/input-error.ts';
import { canonicalAddress, familyOf } from '../wire/address.ts';

/** One end of a connection. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A connection in the kernel's table, or a client whose next connections go to the same destination. */
export interface Connection {
  /** `'tcp'`, `'udp'`, `'sctp'`; `'ip'` for a client of a service with a firewall mark. */
  readonly protocol: string;
  /** The client. Port 0 stands for all its connections, and the address is masked as the service's persistence says. */
  readonly source: Endpoint;
  /** The service. A firewall mark is written like an address: 77 is `'0.0.0.77'`, in IPv6 `'0:4d::'`. */
  readonly virtual: Endpoint;
  /** The destination, whose family may be another one. */
  readonly destination: Endpoint;
  /** As the kernel calls it, such as `'ESTABLISHED'`. */
  readonly state: string;
  /** Seconds until it is forgotten. */
  readonly expires: number;
  /** Persistence engine, with what it tells clients apart by. */
  readonly engine?: string;
  readonly engineData?: string;
}

/**
 * The connections in the text of `/proc/net/ip_vs_conn`, the only place where the kernel lists them
 * (`ip_vs_conn_seq_show`). Whoever may read the file needs no privilege.
 * @throws InputError for a line that is no connection
 */
export function parseConnections(text: string): Connection[] {
  const [, ...lines] = text.split('\n');
  return lines.filter(Boolean).map(parseConnection);
}

function parseConnection(line: string): Connection {
  const words = line.split(' ').filter(Boolean);
  const [protocol = '', source, sourcePort, virtual, virtualPort, destination, destinationPort] = words;
  const [state, expires = '', engine, engineData] = words.slice(7);
  if (state === undefined || !/^\d+$/.test(expires))
    throw new InputError('must be a line of /proc/net/ip_vs_conn', line, 'connection');
  return {
    protocol: protocol.toLowerCase(),
    source: parseEndpoint(line, source, sourcePort),
    virtual: parseEndpoint(line, virtual, virtualPort),
    destination: parseEndpoint(line, destination, destinationPort),
    state,
    expires: Number(expires),
    ...(engine !== undefined && { engine }),
    ...(engineData !== undefined && { engineData }),
  };
}

function parseEndpoint(line: string, address = '', port = ''): Endpoint {
  const text = /^[\dA-F]{8}$/.test(address) ? [...Buffer.from(address, 'hex')].join('.') : address;
  if (!familyOf(text) || !/^[\dA-F]{4}$/.test(port))
    throw new InputError('must have hexadecimal addresses and ports', line, 'connection');
  return { address: canonicalAddress(text), port: Number.parseInt(port, 16) };
}
