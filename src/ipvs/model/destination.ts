import { InputError } from '../../errors/input-error.ts';
import { unknownProperty } from '../../errors/known-properties.ts';
import { assertInteger, assertObject } from '../../errors/validate.ts';
import { assertAddress, isUnicast, leadingIPv4 } from '../../linux/address.ts';
import type { Infer } from '../../netlink/index.ts';
import type { destination } from '../wire/tables.ts';
import { decodeForwarding, encodeForwarding, type Forwarding } from './forwarding.ts';
import { type AddressFamily, describeEndpoint, type ServiceFields } from './service-key.ts';
import { decodeStatistics, type Statistics } from './statistics.ts';
import { present } from './validate.ts';

/**
 * The key of a destination within its service (`ip_vs_ctl.c`, `ip_vs_lookup_dest`): its address and port. Whatever is read
 * is a key as well.
 */
export interface DestinationKey {
  /**
   * IPv4 or IPv6 address of the real server, as text and without a zone; unicast. One of another family than the
   * service's requires a tunnel, and Linux 3.18.
   */
  readonly address: string;
  /** Port, 0 to 65535. Only masqueraded packets change their port; all others keep the service's. */
  readonly port: number;
}

/** Options of a destination. What is left out gets its default. */
export interface DestinationOptions {
  /** Way of packets to the destination. Default `'masquerade'`. */
  readonly forwarding?: Forwarding | undefined;
  /** Share of the connections relative to the other destinations, 0 to 2147483647; 0 takes no new ones. Default 1. */
  readonly weight?: number | undefined;
  /**
   * Number of connections, active and inactive, at which the destination takes no more, 0 to 2147483647
   * (`ip_vs_conn.c`, `ip_vs_bind_dest`). Default 0, no limit.
   */
  readonly upperThreshold?: number | undefined;
  /**
   * Number of connections below which an overloaded destination takes more again, 0 to the upper threshold. Default 0,
   * three quarters of the upper (`ip_vs_ctl.c`, `__ip_vs_dest_update_overload`).
   */
  readonly lowerThreshold?: number | undefined;
}

/** A destination to add, or the whole of what an existing one is to be. */
export interface DestinationSpec extends DestinationKey, DestinationOptions {}

/** A destination as the kernel has it (`ip_vs_ctl.c`, `ip_vs_genl_fill_dest`). It is a key and a spec as well. */
export interface Destination extends DestinationKey {
  /** Way of packets to the destination. */
  readonly forwarding: Forwarding;
  /** Share of the connections relative to the other destinations; 0 takes no new ones. */
  readonly weight: number;
  /** Number of connections at which the destination takes no more; 0 for no limit. */
  readonly upperThreshold: number;
  /** Number of connections below which it takes more again; 0 for three quarters of the upper threshold. */
  readonly lowerThreshold: number;
  /** Connections under way: for TCP those being opened or established, for SCTP the established. */
  readonly activeConnections: number;
  /** Connections that are kept in the table but not under way: those being closed, and all of UDP. */
  readonly inactiveConnections: number;
  /** Persistence templates: clients whose next connections come to this destination. */
  readonly persistentConnections: number;
  /** Traffic of the destination as one of this service. */
  readonly statistics: Statistics;
}

/** A destination's attributes. */
export type DestinationFields = Infer<typeof destination>;

/** The largest weight and threshold: the kernel keeps them in an int. */
export const MAX_INT = 0x7fffffff;

/** Properties of a key, the options of a destination included: whatever is read is a key. */
const PROPERTIES = ['address', 'port', 'forwarding', 'weight', 'upperThreshold', 'lowerThreshold'] as const;

/** The attributes that identify a destination. Throws InputError. */
export function encodeDestinationKey(key: DestinationKey): { family: AddressFamily; address: string; port: number } {
  assertObject('destination', key);
  assertDestinationProperties(key);
  const family = assertAddress('destination.address', key.address);
  return { family, address: key.address, port: assertInteger('destination.port', key.port, 0, 0xffff) };
}

/** Throws for an unknown property. As for a service, comparisons with constants cost a tenth of a lookup. */
function assertDestinationProperties(destination: object): void {
  for (const property in destination) {
    switch (property as keyof Destination) {
      case 'address':
      case 'port':
      case 'forwarding':
      case 'weight':
      case 'upperThreshold':
      case 'lowerThreshold':
      case 'activeConnections':
      case 'inactiveConnections':
      case 'persistentConnections':
      case 'statistics':
        break;
      default:
        throw unknownProperty('destination', destination, property, PROPERTIES);
    }
  }
}

/** All attributes of a destination. Throws InputError for what the kernel would refuse. */
export function encodeDestination(spec: DestinationSpec, serviceFamily: string): DestinationFields {
  const { family, address, port } = encodeDestinationKey(spec);
  // What else ip_vs_new_dest refuses depends on the routes of the namespace.
  if (!isUnicast(address)) throw new InputError('must be a unicast address', address, 'destination.address');
  const { forwarding = 'masquerade', weight = 1, upperThreshold = 0, lowerThreshold = 0 } = spec;
  const way = encodeForwarding(forwarding);
  const fields: DestinationFields = {
    family,
    address,
    port,
    forwarding: way.forwarding,
    weight: assertInteger('destination.weight', weight, 0, MAX_INT),
    upperThreshold: assertInteger('destination.upperThreshold', upperThreshold, 0, MAX_INT),
    lowerThreshold: assertInteger('destination.lowerThreshold', lowerThreshold, 0, MAX_INT),
    tunnelType: way.tunnelType,
    tunnelPort: way.tunnelPort,
    tunnelChecksum: way.tunnelChecksum,
  };
  checkThresholds(fields);
  checkFamilies(fields, serviceFamily);
  return fields;
}

/**
 * Throws for a lower threshold above the upper one, which `ip_vs_add_dest` refuses even where 0 means that there is no upper
 * one.
 */
export function checkThresholds({ upperThreshold = 0, lowerThreshold = 0 }: DestinationFields): void {
  if (lowerThreshold > upperThreshold)
    throw new InputError(
      `must be at most the upper threshold, ${upperThreshold}`,
      lowerThreshold,
      'destination.lowerThreshold',
    );
}

/** Throws for another family than the service's, which only a tunnel can carry (`ip_vs_genl_set_cmd`). */
export function checkFamilies({ family, forwarding, address }: DestinationFields, serviceFamily: string): void {
  if (family !== serviceFamily && forwarding !== 'tunnel')
    throw new InputError(
      `must be of the service's family, ${serviceFamily}, unless forwarded through a tunnel`,
      address,
      'destination.address',
    );
}

/**
 * The attributes of a destination with its family: before Linux 3.18 the kernel sent none, since a destination was of its
 * service's.
 */
export function withFamily(fields: DestinationFields, { family }: Pick<ServiceFields, 'family'>): DestinationFields {
  const { address } = fields;
  if (fields.family !== undefined || address === undefined) return fields;
  return { ...fields, family, address: family === 'inet' && address.includes(':') ? leadingIPv4(address) : address };
}

/** A destination that the kernel sent. Throws WireError. */
export function decodeDestination(fields: DestinationFields): Destination {
  return {
    address: present('destination.address', fields.address),
    port: present('destination.port', fields.port),
    forwarding: decodeForwarding(fields),
    weight: present('destination.weight', fields.weight),
    upperThreshold: present('destination.upperThreshold', fields.upperThreshold),
    lowerThreshold: present('destination.lowerThreshold', fields.lowerThreshold),
    activeConnections: present('destination.activeConnections', fields.activeConnections),
    inactiveConnections: present('destination.inactiveConnections', fields.inactiveConnections),
    persistentConnections: present('destination.persistentConnections', fields.persistentConnections),
    statistics: decodeStatistics('destination', fields),
  };
}

/**
 * The text of a destination's key, as messages have it: `192.0.2.20:8080`, `[2001:db8::20]:8080`.
 * @throws InputError for what is no object
 * @example
 * ```ts
 * console.log(describeDestination({ address: '2001:db8::20', port: 8080 })); // [2001:db8::20]:8080
 * ```
 */
export function describeDestination(key: DestinationKey): string {
  assertObject('destination', key);
  return describeEndpoint(key.address, key.port);
}
