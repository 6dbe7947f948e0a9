import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { assertInteger, assertName } from '../../errors/validate.ts';
import { parseIPv4 } from '../../linux/address.ts';
import type { Infer } from '../../netlink/index.ts';
import type { service } from '../wire/tables.ts';
import { PERSISTENT } from './flags.ts';
import { present } from './validate.ts';

/** The clients that an IPv4 service keeps together. */
export interface InetGranularity {
  /**
   * Clients that are equal under this mask go to the same destination: an IPv4 mask as text, which may have holes. Default
   * `'255.255.255.255'`, every client by itself.
   */
  readonly netmask?: string | undefined;
  /** Absent: for IPv6 services. */
  readonly prefixLength?: undefined;
}

/** The clients that an IPv6 service keeps together. */
export interface Inet6Granularity {
  /** Absent: for IPv4 services. */
  readonly netmask?: undefined;
  /** Clients that are equal in this many leading bits go to the same destination, 1 to 128. Default 128. */
  readonly prefixLength?: number | undefined;
}

/** The duration and the engine of a persistence. */
export interface PersistenceOptions {
  /** Seconds after a client's last connection, 1 to 4294967. Default 360, as in ipvsadm. */
  readonly timeout?: number | undefined;
  /**
   * Persistence engine, by its module's name without `ip_vs_pe_`: `'sip'`, the only one in Linux, keeps SIP calls
   * together by Call-ID. 1 to 15 characters. Default: none, the client's address decides.
   */
  readonly engine?: string | undefined;
}

/**
 * Keeps the connections of a client at the same destination (`ip_vs_core.c`, `ip_vs_sched_persist`): for how long, and
 * which clients together.
 */
export type Persistence = PersistenceOptions & (InetGranularity | Inet6Granularity);

type ServiceFields = Infer<typeof service>;
type PersistenceFields = Required<Pick<ServiceFields, 'timeout' | 'netmask'>> & Pick<ServiceFields, 'engine'>;

export const PERSISTENCE_PROPERTIES = ['timeout', 'netmask', 'prefixLength', 'engine'];

const DEFAULT_TIMEOUT = 360;
/** The kernel multiplies by HZ, 1000 at most, in 32 bits (`ip_vs_genl_parse_service`), so more would wrap. */
const MAX_TIMEOUT = 4294967;

/** The mask of single clients. */
export function wholeMask(family: string): string | number {
  return family === 'inet6' ? 128 : '255.255.255.255';
}

/** The attributes of persistence; those of a service without it for undefined. Throws InputError. */
export function encodePersistence(persistence: Persistence | undefined, family: string): PersistenceFields {
  return encodeFields('service.persistence', persistence, family, 1, DEFAULT_TIMEOUT);
}

/** The attributes of a persistence that is switched off, whose timeout may be 0, as it is by default. Throws InputError. */
export function encodeDormantPersistence(persistence: Persistence | undefined, family: string): PersistenceFields {
  return encodeFields('service.dormantPersistence', persistence, family, 0, 0);
}

function encodeFields(
  field: string,
  persistence: Persistence | undefined,
  family: string,
  leastTimeout: number,
  defaultTimeout: number,
): PersistenceFields {
  if (persistence === undefined) return { timeout: 0, netmask: wholeMask(family) };
  assertKnownProperties(field, persistence, PERSISTENCE_PROPERTIES);
  const { timeout = defaultTimeout, engine } = persistence;
  assertInteger(`${field}.timeout`, timeout, leastTimeout, MAX_TIMEOUT, 'seconds');
  const netmask = encodeMask(field, persistence, family) ?? wholeMask(family);
  const fields = { timeout, netmask };
  return engine === undefined ? fields : { ...fields, engine: assertName(`${field}.engine`, engine, 15) };
}

/** The mask that a persistence names, if it does, as the service's family has it. */
function encodeMask(
  field: string,
  { netmask, prefixLength }: Persistence,
  family: string,
): string | number | undefined {
  if (family === 'inet6') {
    if (netmask !== undefined)
      throw new InputError('is for IPv4; an IPv6 service has a prefixLength', netmask, `${field}.netmask`);
    return prefixLength === undefined ? undefined : assertInteger(`${field}.prefixLength`, prefixLength, 1, 128);
  }
  if (prefixLength !== undefined)
    throw new InputError('is for IPv6; an IPv4 service has a netmask', prefixLength, `${field}.prefixLength`);
  if (netmask !== undefined && (typeof netmask !== 'string' || parseIPv4(netmask) === undefined))
    throw new InputError('must be an IPv4 mask', netmask, `${field}.netmask`);
  return netmask;
}

/** The persistence of a service that the kernel sent, whether or not it is in force; undefined where nothing is set. */
export function decodePersistence(fields: ServiceFields): Persistence | undefined {
  const { family, flags, engine } = fields;
  const timeout = present('service.timeout', fields.timeout);
  const netmask = present('service.netmask', fields.netmask);
  const persistent = ((flags?.flags ?? 0) & PERSISTENT) !== 0;
  if (!persistent && timeout === 0 && netmask === wholeMask(family) && engine === undefined) return undefined;
  // Property by property: spreading costs several times as much, and listings are long.
  const persistence: { timeout: number; netmask?: string; prefixLength?: number; engine?: string } = { timeout };
  if (typeof netmask === 'number') persistence.prefixLength = netmask;
  if (typeof netmask === 'string') persistence.netmask = netmask;
  if (engine !== undefined) persistence.engine = engine;
  return persistence as PersistenceOptions;
}
