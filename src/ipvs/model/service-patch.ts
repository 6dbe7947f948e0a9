import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { assertName, assertObject } from '../../errors/validate.ts';
import { encodeFlags, PERSISTENT, type ServiceFlags, schedulerOf } from './flags.ts';
import {
  encodeDormantPersistence,
  encodePersistence,
  type Inet6Granularity,
  type InetGranularity,
  PERSISTENCE_PROPERTIES,
  type Persistence,
  type PersistenceOptions,
  wholeMask,
} from './persistence.ts';
import { checkOnePacket, checkPort, type Scheduler } from './service.ts';
import type { ServiceFields } from './service-key.ts';

/** The duration and the engine to change of a persistence; what is not named stays. */
export interface PersistencePatchOptions extends Omit<PersistenceOptions, 'engine'> {
  /** Persistence engine; null takes it away. */
  readonly engine?: string | null | undefined;
}

/** Options of a persistence to change; what is not named stays. */
export type PersistencePatch = PersistencePatchOptions & (InetGranularity | Inet6Granularity);

/** Options of a service to change; what is not named stays. */
export interface ServicePatch {
  /** Chooses the destination of a new connection from now on. */
  readonly scheduler?: Scheduler | undefined;
  /** Flags to set (`true`) or to clear (`false`); the others stay, also those set by others at the same time. */
  readonly flags?: ServiceFlags | undefined;
  /** Switches persistence on or changes it; null switches it off. */
  readonly persistence?: PersistencePatch | null | undefined;
  /**
   * Switches persistence off, as null for `persistence` does, and replaces what the kernel stores of it meanwhile. Cannot
   * be combined with `persistence`.
   */
  readonly dormantPersistence?: Persistence | undefined;
}

/** A copy of a patch. Throws InputError for what no service with this key could be set to. */
export function copyServicePatch(key: ServiceFields, patch: ServicePatch): ServicePatch {
  assertKnownProperties('service', patch, ['scheduler', 'flags', 'persistence', 'dormantPersistence']);
  const { scheduler, flags, persistence, dormantPersistence } = patch;
  if (scheduler !== undefined) assertName('service.scheduler', scheduler, 15);
  if (flags !== undefined) {
    assertObject('service.flags', flags);
    checkOnePacket(key, encodeFlags(flags, scheduler ?? schedulerOf(flags)).flags);
  }
  if (persistence !== undefined && persistence !== null) assertObject('service.persistence', persistence);
  if (persistence !== undefined || dormantPersistence !== undefined)
    patchPersistence({ ...key }, { flags: 0, mask: 0 }, patch);
  return {
    scheduler,
    flags: flags && { ...flags },
    persistence: persistence && { ...persistence },
    dormantPersistence: dormantPersistence && { ...dormantPersistence },
  };
}

/** The attributes of a service with a patch applied, those unknown to the tables included. Throws InputError. */
export function patchService(current: ServiceFields, patch: ServicePatch): ServiceFields {
  const patched = { ...current };
  if (patch.scheduler !== undefined) patched.scheduler = assertName('service.scheduler', patch.scheduler, 15);
  patched.flags = encodeFlags(patch.flags ?? {}, patched.scheduler ?? '');
  checkOnePacket(patched, patched.flags.flags);
  if (patch.persistence !== undefined || patch.dormantPersistence !== undefined)
    patchPersistence(patched, patched.flags, patch);
  return patched;
}

function patchPersistence(
  service: ServiceFields,
  { flags, mask }: { flags: number; mask: number },
  { persistence: patch, dormantPersistence: dormant }: ServicePatch,
): void {
  if (patch !== undefined && dormant !== undefined)
    throw new InputError('cannot be combined with persistence', dormant, 'service.dormantPersistence');
  const merged = patch ? merge(service, patch) : undefined;
  checkPort(service, merged !== undefined);
  const { timeout, netmask, engine } =
    dormant === undefined
      ? encodePersistence(merged, service.family)
      : encodeDormantPersistence(dormant, service.family);
  service.timeout = timeout;
  service.netmask = netmask;
  service.engine = engine;
  service.flags = { flags: (merged ? flags | PERSISTENT : flags & ~PERSISTENT) >>> 0, mask: (mask | PERSISTENT) >>> 0 };
}

function merge(current: ServiceFields, patch: PersistencePatch): Persistence {
  assertKnownProperties('service.persistence', patch, PERSISTENCE_PROPERTIES);
  const { family, timeout, netmask = wholeMask(family), engine } = current;
  const { netmask: mask, prefixLength } = patch;
  return {
    timeout: patch.timeout ?? (timeout || undefined),
    netmask: mask ?? (prefixLength === undefined && typeof netmask === 'string' ? netmask : undefined),
    prefixLength: prefixLength ?? (mask === undefined && typeof netmask === 'number' ? netmask : undefined),
    engine: patch.engine === undefined ? engine : (patch.engine ?? undefined),
  } as Persistence;
}
