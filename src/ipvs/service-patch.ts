import { name, object, onlyKnown } from './check.ts';
import { PERSISTENT, type ServiceFlags, writeFlags } from './flags.ts';
import { type Persistence, wholeMask, writePersistence } from './persistence.ts';
import { checkOnePacket, checkPort, type Scheduler } from './service.ts';
import type { ServiceFields } from './service-key.ts';

/** What to change of a persistence; what is not named stays. */
export interface PersistencePatch extends Omit<Persistence, 'engine'> {
  /** null takes the persistence engine away. */
  readonly engine?: string | null | undefined;
}

/** What to change of a service; what is not named stays. */
export interface ServicePatch {
  readonly scheduler?: Scheduler | undefined;
  /** Flags to set (`true`) or to clear (`false`); the others stay, also those set by others at the same time. */
  readonly flags?: ServiceFlags | undefined;
  /** Switches persistence on or changes it; null switches it off. */
  readonly persistence?: PersistencePatch | null | undefined;
}

/** The attributes of a service with a patch applied, those unknown to the tables included. Throws InputError. */
export function patchService(current: ServiceFields, patch: ServicePatch): ServiceFields {
  object('service', patch);
  onlyKnown('service', patch, ['scheduler', 'flags', 'persistence']);
  const { statistics: _, ...kept } = current;
  const scheduler = patch.scheduler === undefined ? current.scheduler : name('service.scheduler', patch.scheduler, 15);
  const flags = writeFlags(patch.flags ?? {}, scheduler ?? '');
  checkOnePacket(current, flags.flags);
  const patched = { ...kept, ...(scheduler !== undefined && { scheduler }), flags };
  return patch.persistence === undefined ? patched : patchPersistence(patched, patch.persistence);
}

function patchPersistence(current: ServiceFields, patch: PersistencePatch | null): ServiceFields {
  const { engine: _, ...kept } = current;
  const { flags = 0, mask = 0 } = current.flags ?? {};
  const merged = patch === null ? undefined : merge(current, patch);
  checkPort(current, merged !== undefined);
  const bits = { flags: merged ? flags | PERSISTENT : flags & ~PERSISTENT, mask: mask | PERSISTENT };
  return {
    ...kept,
    ...writePersistence(merged, current.family),
    flags: { flags: bits.flags >>> 0, mask: bits.mask >>> 0 },
  };
}

function merge(current: ServiceFields, patch: PersistencePatch): Persistence {
  object('service.persistence', patch);
  onlyKnown('service.persistence', patch, ['timeout', 'netmask', 'prefixLength', 'engine']);
  const { family, timeout, netmask = wholeMask(family), engine } = current;
  const { netmask: mask, prefixLength } = patch;
  return {
    timeout: patch.timeout ?? (timeout || undefined),
    netmask: mask ?? (prefixLength === undefined && typeof netmask === 'string' ? netmask : undefined),
    prefixLength: prefixLength ?? (mask === undefined && typeof netmask === 'number' ? netmask : undefined),
    engine: patch.engine === undefined ? engine : (patch.engine ?? undefined),
  };
}
