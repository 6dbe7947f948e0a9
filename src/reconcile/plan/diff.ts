import type { DestinationOptions } from '../../ipvs/model/destination.ts';
import { decodeFlags, encodeFlags, PERSISTENT, type ServiceFlags } from '../../ipvs/model/flags.ts';
import { type Persistence, wholeMask } from '../../ipvs/model/persistence.ts';
import { encodeService, type Service, type ServiceSpec } from '../../ipvs/model/service.ts';
import type { ServiceFields } from '../../ipvs/model/service-key.ts';
import type { PersistencePatch, ServicePatch } from '../../ipvs/model/service-patch.ts';

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** A setting of a service or a destination that can be changed; `persistence` includes the dormant one. */
export type Setting = 'scheduler' | 'flags' | 'persistence' | keyof DestinationOptions;

/** The flags that mean something else under each scheduler, `IP_VS_SVC_F_SCHED1` to `IP_VS_SVC_F_SCHED3`. */
const SCHEDULER_FLAGS = 0x38;

/**
 * The patch that makes a service as wanted; undefined when it is so already. Pure.
 * @param wanted the whole of what is wanted: what is left out is wanted with its default
 * @param kept settings that may differ
 * @param fields the attributes of `wanted`, where they are known
 * @throws InputError for an invalid value of `wanted`
 */
export function diffService(
  current: Service,
  wanted: ServiceSpec,
  kept: readonly Setting[] = [],
  fields: ServiceFields = encodeService(wanted),
): ServicePatch | undefined {
  const patch: Mutable<ServicePatch> = {};
  const { scheduler = '' } = fields;
  const keepsScheduler = scheduler !== current.scheduler && kept.includes('scheduler');
  if (scheduler !== current.scheduler && !keepsScheduler) patch.scheduler = scheduler;
  if (!kept.includes('flags')) {
    const flags = diffFlags(current, fields, keepsScheduler);
    if (flags) patch.flags = flags;
  }
  if (!kept.includes('persistence')) Object.assign(patch, diffPersistence(current, wanted, fields));
  return Object.keys(patch).length > 0 ? patch : undefined;
}

function diffFlags(current: Service, wanted: ServiceFields, keepsScheduler: boolean): ServiceFlags | undefined {
  const set = (wanted.flags?.flags ?? 0) & ~PERSISTENT;
  const { flags } = encodeFlags(current.flags, current.scheduler);
  const changed = (set ^ flags) & (keepsScheduler ? ~SCHEDULER_FLAGS : ~0);
  if (changed === 0) return undefined;
  const scheduler = keepsScheduler ? current.scheduler : wanted.scheduler;
  const cleared = Object.keys(decodeFlags((changed & ~set) >>> 0, scheduler)).map((name) => [name, false]);
  return { ...decodeFlags((changed & set) >>> 0, scheduler), ...Object.fromEntries(cleared) };
}

function diffPersistence(current: Service, wanted: ServiceSpec, fields: ServiceFields): ServicePatch | undefined {
  const { family, timeout, netmask, engine } = fields;
  const stored = current.persistence ?? current.dormantPersistence;
  const change: Mutable<PersistencePatch> = {};
  if (timeout !== (stored?.timeout ?? 0)) change.timeout = timeout;
  if (netmask !== maskOf(stored, family)) Object.assign(change, maskFor(family, netmask));
  if (engine !== stored?.engine) change.engine = engine ?? null;
  const persistent = wanted.persistence !== undefined;
  if (Object.keys(change).length === 0 && persistent === (current.persistence !== undefined)) return undefined;
  if (persistent) return { persistence: change };
  return wanted.dormantPersistence ? { dormantPersistence: wanted.dormantPersistence } : { persistence: null };
}

function maskOf(persistence: Persistence | undefined, family: string): string | number {
  return persistence?.netmask ?? persistence?.prefixLength ?? wholeMask(family);
}

function maskFor(family: string, netmask: string | number | undefined): Record<string, unknown> {
  return family === 'inet6' ? { prefixLength: netmask } : { netmask };
}
