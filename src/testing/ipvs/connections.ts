import { isIPv6 } from 'node:net';
import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { assertInteger, assertObject } from '../../errors/validate.ts';
import { within } from '../../errors/within.ts';
import type { Connection, Endpoint } from '../../ipvs/model/connection.ts';
import type { ServiceKey } from '../../ipvs/model/service-key.ts';
import { protocols } from '../../ipvs/wire/numbers.ts';
import type { ConnectionIdentity, SocketAddress, TableConnection } from '../connections/connection-table.ts';
import { counterOf, protocolStates, templateStates } from '../connections/states.ts';
import { AF_INET, AF_INET6, addressBytes, storedAddress } from '../servers/address.ts';
import type { Namespace } from '../state/namespace.ts';
import type { VirtualService } from '../state/virtual-service.ts';
import { findService } from './traffic.ts';

/** A connection to put into the kernel's table. */
export interface ConnectionSpec extends Omit<Connection, 'state' | 'expires'> {
  /**
   * As the kernel calls it. Default `'ESTABLISHED'`, for UDP `'UDP'`, for a persistence template (port 0 of the client)
   * `'NONE'`.
   */
  readonly state?: string | undefined;
  /** Seconds until it is forgotten, 0 or more. Default: the kernel's timeout of the state; for a template 60. */
  readonly expires?: number | undefined;
  /** The service that it belongs to. Default: the one of its protocol and virtual address. */
  readonly service?: ServiceKey | undefined;
}

const PROPERTIES = [
  'protocol',
  'source',
  'virtual',
  'destination',
  'state',
  'expires',
  'engine',
  'engineData',
  'origin',
  'service',
] as const satisfies (keyof ConnectionSpec)[];

const IPPROTO: Readonly<Record<string, number>> = { ip: 0, ...protocols };

/** The connection as the kernel's table has it. Throws InputError. */
export function encodeConnection(namespace: Namespace, spec: ConnectionSpec): TableConnection {
  assertKnownProperties('connection', spec, PROPERTIES);
  const identity = encodeIdentity(spec);
  const { client, virtual } = identity;
  const template = client.port === 0;
  const states = (template ? undefined : protocolStates.get(identity.protocol)) ?? templateStates;
  const timeouts = states.timeouts(namespace.timeouts);
  const { state = states.usual, engine = '', engineData = '' } = spec;
  const timeout = Object.hasOwn(timeouts, state) ? timeouts[state] : undefined;
  if (timeout === undefined)
    throw new InputError(`must be one of ${Object.keys(timeouts).join(', ')}`, state, 'connection.state');
  const { expires = timeout } = spec;
  if (!(expires >= 0 && expires < 2 ** 32))
    throw new InputError('must be 0 or more seconds', expires, 'connection.expires');
  const destination = encodeEnd(spec.destination, 'connection.destination');
  const service = spec.service ? findService(namespace, spec.service) : serviceOf(namespace, spec.protocol, virtual);
  const server = service?.destinations.find(destination);
  return {
    ...identity,
    destination,
    state,
    synchronised: spec.origin === 'sync',
    expiresAt: namespace.now + expires,
    timeout: expires,
    engine,
    engineData,
    server,
    forwarding: server?.setup.forwarding,
    counter: template ? 'persistent' : counterOf(states, state),
    controlled: 0,
  };
}

/** The identity of a connection. Throws InputError. */
export function encodeIdentity({ protocol, source, virtual }: ConnectionSpec): ConnectionIdentity {
  return {
    protocol: protocolNumber('connection.protocol', protocol),
    client: encodeEnd(source, 'connection.source'),
    virtual: encodeEnd(virtual, 'connection.virtual'),
  };
}

/** `IPPROTO_*`, 0 for `ip`. Throws InputError. */
export function protocolNumber(field: string, protocol: string): number {
  const number = Object.hasOwn(IPPROTO, protocol) ? IPPROTO[protocol] : undefined;
  if (number === undefined) throw new InputError('must be tcp, udp, sctp or ip', protocol, field);
  return number;
}

/** One end of a connection. Throws InputError. */
export function encodeEnd(end: Endpoint, field: string): SocketAddress {
  assertObject(field, end);
  const { address, port } = end;
  assertInteger(`${field}.port`, port, 0, 65535);
  const family = isIPv6(address) ? AF_INET6 : AF_INET;
  try {
    return { family, address: storedAddress(family, addressBytes(address)), port };
  } catch (error) {
    throw within(`${field}.address`, error);
  }
}

/** The service that a packet to this address finds: by address, or where the protocol is IP by the mark in its place. */
function serviceOf(
  { services }: Namespace,
  protocol: string,
  { family, address, port }: SocketAddress,
): VirtualService | undefined {
  if (protocol !== 'ip') return services.find({ family, protocol: IPPROTO[protocol] ?? 0, address, port, fwmark: 0 });
  return services.find({ family, protocol: 6, address: Buffer.alloc(16), port: 0, fwmark: address.readUInt32BE() });
}
