import { InputError } from '../../errors/input-error.ts';
import { unknownProperty } from '../../errors/known-properties.ts';
import { assertInteger, assertObject } from '../../errors/validate.ts';
import { assertAddress } from '../../linux/address.ts';
import { type Numbered, parseNumbered } from '../../netlink/codec/numbered.ts';
import type { Infer } from '../../netlink/index.ts';
import { protocols } from '../wire/numbers.ts';
import type { service } from '../wire/tables.ts';
import { assertLiteral, present } from './validate.ts';

/** Address family: IPv4 is `'inet'`, IPv6 is `'inet6'`. */
export type AddressFamily = 'inet' | 'inet6';

/** Transport protocol of a service. A number the tables do not know is read as `'#50'`. */
export type Protocol = 'tcp' | 'udp' | 'sctp' | Numbered;

/** The key of a service with a virtual address (`ip_vs_ctl.c`, `__ip_vs_service_find`). */
export interface AddressServiceKey {
  /** Transport protocol of the packets. */
  readonly protocol: Protocol;
  /** Virtual IPv4 or IPv6 address, as text and without a zone. The kernel does not check that it is its own. */
  readonly address: string;
  /** Virtual port, 0 to 65535; 0 stands for all ports and requires persistence. */
  readonly port: number;
  /** Absent: a service has either an address or a firewall mark. */
  readonly fwmark?: undefined;
  /** Absent: the address has a family of its own. */
  readonly family?: undefined;
}

/** The key of a service for packets with a firewall mark (`ip_vs_ctl.c`, `__ip_vs_svc_fwm_find`). */
export interface FwmarkServiceKey {
  /** Firewall mark, 1 to 4294967295. */
  readonly fwmark: number;
  /** Family of the packets; services of both families may have the same mark. Default `'inet'`. */
  readonly family?: AddressFamily | undefined;
  /** Absent: a firewall mark takes the packets of every protocol. */
  readonly protocol?: undefined;
  /** Absent: a service has either an address or a firewall mark. */
  readonly address?: undefined;
  /** Absent: a firewall mark takes the packets to every port. */
  readonly port?: undefined;
}

/** The key of a service with a firewall mark that was read: it says its family. */
export interface FwmarkService extends FwmarkServiceKey {
  /** Family of the packets. */
  readonly family: AddressFamily;
}

/**
 * The key of a service: its virtual address with protocol and port, or a firewall mark. `key.fwmark === undefined` tells
 * the two apart. Whatever is read is a key as well.
 */
export type ServiceKey = AddressServiceKey | FwmarkServiceKey;

export type ServiceFields = Infer<typeof service>;

/** Properties of a key, the options of a service included: whatever is read is a key. */
const PROPERTIES = [
  'protocol',
  'address',
  'port',
  'fwmark',
  'family',
  'scheduler',
  'flags',
  'persistence',
  'dormantPersistence',
] as const;

/** The attributes that identify a service. Throws InputError. */
export function encodeServiceKey(key: ServiceKey): ServiceFields {
  assertObject('service', key);
  assertServiceProperties(key);
  if (key.fwmark !== undefined) return encodeFwmarkKey(key);
  const { protocol: transport, address, port, family: given } = key;
  if (given !== undefined)
    throw new InputError('is for firewall marks; an address has a family of its own', given, 'service.family');
  const family = assertAddress('service.address', address);
  if (transport !== 'tcp' && transport !== 'udp') assertLiteral('service.protocol', transport, protocols, 0xffff);
  return { family, protocol: transport, address, port: assertInteger('service.port', port, 0, 0xffff) };
}

/** Comparisons with constants cost a tenth of a lookup, and every call with a service comes through here. */
function assertServiceProperties(service: object): void {
  for (const property in service) {
    switch (property as (typeof PROPERTIES)[number] | 'statistics') {
      case 'protocol':
      case 'address':
      case 'port':
      case 'fwmark':
      case 'family':
      case 'scheduler':
      case 'flags':
      case 'persistence':
      case 'dormantPersistence':
      case 'statistics':
        break;
      default:
        throw unknownProperty('service', service, property, PROPERTIES);
    }
  }
}

function encodeFwmarkKey(key: FwmarkServiceKey): ServiceFields {
  const { fwmark, family = 'inet' } = key;
  for (const field of ['address', 'protocol', 'port'] as const)
    if (key[field] !== undefined)
      throw new InputError('cannot be combined with fwmark', key[field], `service.${field}`);
  if (family !== 'inet' && family !== 'inet6')
    throw new InputError("must be 'inet' or 'inet6'", family, 'service.family');
  return { family, fwmark: assertInteger('service.fwmark', fwmark, 1, 0xffffffff) };
}

/** The attributes that identify a service that was read, and so needs no check. */
export function keyOfService(service: AddressServiceKey | FwmarkService): ServiceFields {
  if (service.fwmark !== undefined) return { family: service.family, fwmark: service.fwmark };
  const { protocol, address, port } = service;
  return { family: address.includes(':') ? 'inet6' : 'inet', protocol, address, port };
}

/** The key of a service that the kernel sent. Throws WireError. */
export function decodeServiceKey(fields: ServiceFields): AddressServiceKey | FwmarkService {
  const { family, fwmark } = fields;
  if (fwmark !== undefined) return { fwmark, family: family as AddressFamily };
  return {
    protocol: present('service.protocol', fields.protocol),
    address: present('service.address', fields.address),
    port: present('service.port', fields.port),
  };
}

/**
 * The text of a service's key, as messages have it: `tcp 192.0.2.10:80`, `udp [2001:db8::1]:53`, `fwmark 7 inet6`.
 * @throws InputError for what is no object
 * @example
 * ```ts
 * console.log(describeService({ protocol: 'udp', address: '2001:db8::53', port: 53 })); // udp [2001:db8::53]:53
 * console.log(describeService({ fwmark: 7 })); // fwmark 7
 * ```
 */
export function describeService(key: ServiceKey): string {
  assertObject('service', key);
  if (key.fwmark !== undefined) return `fwmark ${key.fwmark}${key.family === 'inet6' ? ' inet6' : ''}`;
  return `${key.protocol} ${describeEndpoint(key.address, key.port)}`;
}

/** An address and a port as one word, with brackets around an IPv6 address. */
export function describeEndpoint(address: string, port: number): string {
  return `${address}`.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The kernel's number of a protocol, `IPPROTO_*`. */
export function protocolNumber(name: Protocol): number {
  return parseNumbered(name) ?? protocols[name as keyof typeof protocols];
}
