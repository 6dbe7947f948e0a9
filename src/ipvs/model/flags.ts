import { InputError } from '../../errors/input-error.ts';
import { didYouMean } from '../../errors/known-properties.ts';
import { assertObject } from '../../errors/validate.ts';
import { type Numbered, parseNumbered } from '../../netlink/codec/numbered.ts';

/**
 * A flag of a service (`IP_VS_SVC_F_*`). `one-packet` schedules every UDP packet by itself. The schedulers' own flags go by the scheduler's name for them; `flag-1` to `flag-3` are the same
 * three bits under a scheduler that has no names for them. A bit the tables do not know is read as `'#64'`.
 */
export type ServiceFlag =
  | 'one-packet'
  | 'sh-fallback'
  | 'sh-port'
  | 'mh-fallback'
  | 'mh-port'
  | 'flag-1'
  | 'flag-2'
  | 'flag-3'
  | Numbered;

/** Flags by name. When read, those that are set; when written, `true` sets and `false` clears. */
export type ServiceFlags = { readonly [Flag in ServiceFlag]?: boolean | undefined };

/** `IP_VS_SVC_F_PERSISTENT`, which is read as the service's `persistence`. */
export const PERSISTENT = 0x1;
/** `IP_VS_SVC_F_HASHED`, the kernel's own: always set in what it sends, ignored in what it gets. */
export const HASHED = 0x2;
/** `IP_VS_SVC_F_ONEPACKET`. */
export const ONEPACKET = 0x4;

/** A flag's bit, and the scheduler whose own name for it this is; absent for the flags of every scheduler. */
type NamedFlag = readonly [bit: number, scheduler?: string];

// A map, since every object has a `constructor`. A scheduler's own name of a bit comes after the common one.
const named: ReadonlyMap<string, NamedFlag> = new Map<string, NamedFlag>([
  ['one-packet', [ONEPACKET]],
  ['flag-1', [0x8]],
  ['flag-2', [0x10]],
  ['flag-3', [0x20]],
  ['sh-fallback', [0x8, 'sh']],
  ['sh-port', [0x10, 'sh']],
  ['mh-fallback', [0x8, 'mh']],
  ['mh-port', [0x10, 'mh']],
]);
/** Every flag that has a name. */
export const flagNames: readonly string[] = [...named.keys()];
const NAMED = 0x3f;

// Pure, so that a bundle that reads no flags can do without them.
const commonNames = /* @__PURE__ */ namesByBit('');
const ownNames: ReadonlyMap<string, ReadonlyMap<number, string>> = /* @__PURE__ */ new Map([
  ['sh', /* @__PURE__ */ namesByBit('sh')],
  ['mh', /* @__PURE__ */ namesByBit('mh')],
]);

/** The name of each bit for a scheduler, its own where it has one. */
function namesByBit(scheduler: string): ReadonlyMap<number, string> {
  const flags = [...named].filter(([, [, owner]]) => owner === undefined || owner === scheduler);
  return new Map(flags.map(([name, [bit]]) => [bit, name]));
}

/** The flags among these bits, by name. */
export function decodeFlags(bits: number, scheduler: string | undefined): ServiceFlags {
  const flags: Record<string, boolean> = {};
  if ((bits & ~(PERSISTENT | HASHED)) === 0) return flags;
  const names = ownNames.get(scheduler ?? '') ?? commonNames;
  for (let bit = ONEPACKET; bit <= 0x80000000; bit *= 2)
    if ((bits & bit) !== 0) flags[names.get(bit) ?? `#${bit}`] = true;
  return flags;
}

/** A scheduler that has a name among these for its own flags; empty where every scheduler may have them. */
export function schedulerOf(flags: ServiceFlags): string {
  const owners = Object.keys(flags).map((name) => named.get(name)?.[1]);
  return owners.find(Boolean) ?? '';
}

/** The bits that these flags set, and the bits that they speak of. Throws InputError. */
export function encodeFlags(flags: ServiceFlags, scheduler: string): { flags: number; mask: number } {
  assertObject('service.flags', flags);
  let [set, mask] = [0, 0];
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    if (typeof value !== 'boolean') throw new InputError('must be true or false', value, `service.flags.${name}`);
    const bit = bitOf(name, scheduler);
    if (value) set |= bit;
    mask |= bit;
  }
  return { flags: set >>> 0, mask: mask >>> 0 };
}

function bitOf(name: string, scheduler: string): number {
  const [bit, owner] = named.get(name) ?? [];
  if (owner && owner !== scheduler)
    throw new InputError(`may only have ${name} with scheduler ${owner}`, scheduler, 'service.flags');
  if (bit !== undefined) return bit;
  const number = parseNumbered(name);
  if (number !== undefined && number > NAMED && number <= 0xffffffff && (number & NAMED) === 0) return number;
  const hint = didYouMean(name, flagNames);
  const known = `may only have ${flagNames.join(', ')}, or '#' and a number of other bits`;
  throw new InputError(hint ? `has no such flag (${hint})` : known, name, 'service.flags');
}
