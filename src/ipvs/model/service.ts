import { InputError } from '../../errors/input-error.ts';
import { assertName } from '../../errors/validate.ts';
import { protocols } from '../wire/numbers.ts';
import { decodeFlags, encodeFlags, ONEPACKET, PERSISTENT, type ServiceFlags } from './flags.ts';
import { decodePersistence, encodeDormantPersistence, encodePersistence, type Persistence } from './persistence.ts';
import {
  type AddressServiceKey,
  decodeServiceKey,
  encodeServiceKey,
  type FwmarkService,
  type ServiceFields,
  type ServiceKey,
} from './service-key.ts';
import { decodeStatistics, type Statistics } from './statistics.ts';
import { present } from './validate.ts';

/**
 * A scheduler, by its module's name without `ip_vs_`. Schedulers are modules, so any name may exist; these come with
 * Linux. `'none'` is read for a service whose scheduler was taken away.
 */
export type Scheduler =
  | 'rr'
  | 'wrr'
  | 'lc'
  | 'wlc'
  | 'lblc'
  | 'lblcr'
  | 'dh'
  | 'sh'
  | 'sed'
  | 'nq'
  | 'fo'
  | 'ovf'
  | 'mh'
  | 'twos'
  | 'none'
  | (string & {});

/** A persistence that is in force, or none. */
export interface ActivePersistence {
  /** Keeps the connections of a client at the same destination. Absent: the service is not persistent. */
  readonly persistence?: Persistence | undefined;
  /** Absent: a persistence is either in force or switched off. */
  readonly dormantPersistence?: undefined;
}

/** A persistence that is switched off, of which the kernel keeps timeout, mask and engine all the same. */
export interface DormantPersistence {
  /** Absent: a persistence is either in force or switched off. */
  readonly persistence?: undefined;
  /** Persistence that is stored but not in force. Its timeout is 0 to 4294967 seconds, by default 0. */
  readonly dormantPersistence?: Persistence | undefined;
}

/** The scheduling of a service. */
export interface SchedulingOptions {
  /** Chooses the destination of a new connection. Default `'wlc'`, weighted least connection. */
  readonly scheduler?: Scheduler | undefined;
  /** Flags of the service and of its scheduler. Default: none set. */
  readonly flags?: ServiceFlags | undefined;
}

/** Options of a service. What is left out gets its default. */
export type ServiceOptions = SchedulingOptions & (ActivePersistence | DormantPersistence);

/** A service to create, or the whole of what an existing one is to be. */
export type ServiceSpec = ServiceKey & ServiceOptions;

/** The scheduling of a service that was read, and its traffic. */
export interface SchedulingState {
  /** Chooses the destination of a new connection; `'none'` where it was taken away. */
  readonly scheduler: Scheduler;
  /** The flags that are set. */
  readonly flags: ServiceFlags;
  /** Traffic of the service, whichever destination it went to. */
  readonly statistics: Statistics;
}

/** The state of a service: everything that was read but its key. */
export type ServiceState = SchedulingState & (ActivePersistence | DormantPersistence);

/** A service as the kernel has it (`ip_vs_ctl.c`, `ip_vs_genl_fill_service`). It is a key and a spec as well. */
export type Service = (AddressServiceKey | FwmarkService) & ServiceState;

/** Mask for all bits of the flags: those that are not set are cleared. */
const WHOLE_MASK = 0xffffffff;
const DEFAULT_SCHEDULER = 'wlc';

/** All attributes of a service. Throws InputError for what the kernel would refuse, or accept although it cannot work. */
export function encodeService(spec: ServiceSpec): ServiceFields {
  const key = encodeServiceKey(spec);
  const scheduler = assertName('service.scheduler', spec.scheduler ?? DEFAULT_SCHEDULER, 15);
  const flags = spec.flags === undefined ? 0 : encodeFlags(spec.flags, scheduler).flags;
  checkPort(key, spec.persistence !== undefined);
  checkOnePacket(key, flags);
  const { timeout, netmask, engine } = encodeAnyPersistence(spec, key.family);
  const bits = spec.persistence === undefined ? flags : flags | PERSISTENT;
  // Named one by one: spread together, ten services cost as much as a hundred.
  return {
    family: key.family,
    protocol: key.protocol,
    address: key.address,
    port: key.port,
    fwmark: key.fwmark,
    scheduler,
    flags: { flags: bits >>> 0, mask: WHOLE_MASK },
    timeout,
    netmask,
    engine,
  };
}

function encodeAnyPersistence({ persistence, dormantPersistence: dormant }: ServiceOptions, family: string) {
  if (dormant === undefined) return encodePersistence(persistence, family);
  if (persistence === undefined) return encodeDormantPersistence(dormant, family);
  throw new InputError('cannot be combined with persistence', dormant, 'service.dormantPersistence');
}

/** Throws for a protocol that IPVS cannot balance; the kernel takes any number (`ip_vs_genl_parse_service`). */
export function checkProtocol(spec: ServiceSpec): void {
  if (spec.protocol !== undefined && !Object.hasOwn(protocols, spec.protocol))
    throw new InputError("must be 'tcp', 'udp' or 'sctp'", spec.protocol, 'service.protocol');
}

/** Throws for port 0, every port, without persistence: only a template remembers the client (`ip_vs_service_find`). */
export function checkPort({ port }: ServiceFields, persistent: boolean): void {
  if (port === 0 && !persistent)
    throw new InputError(
      'must be 1 to 65535; only a persistent service may have port 0, all ports',
      port,
      'service.port',
    );
}

/** Throws for one-packet scheduling of anything but UDP (`ip_vs_schedule`). */
export function checkOnePacket({ protocol, fwmark }: ServiceFields, flags: number): void {
  if ((flags & ONEPACKET) !== 0 && fwmark === undefined && protocol !== 'udp')
    throw new InputError('may only have one-packet with protocol udp or a firewall mark', protocol, 'service.flags');
}

/** A service that the kernel sent. Throws WireError. */
export function decodeService(fields: ServiceFields): Service {
  const key = decodeServiceKey(fields);
  const scheduler = present('service.scheduler', fields.scheduler);
  const bits = present('service.flags', fields.flags).flags;
  const flags = decodeFlags(bits, scheduler);
  const statistics = decodeStatistics('service', fields);
  // Named one by one: spread together, a service costs several times as much, and listings are long.
  const service: Service & { persistence?: unknown; dormantPersistence?: unknown } =
    key.fwmark !== undefined
      ? { fwmark: key.fwmark, family: key.family, scheduler, flags, statistics }
      : { protocol: key.protocol, address: key.address, port: key.port, scheduler, flags, statistics };
  const persistence = decodePersistence(fields);
  if (persistence) service[(bits & PERSISTENT) !== 0 ? 'persistence' : 'dormantPersistence'] = persistence;
  return service;
}
