import { InputError } from '../../errors/input-error.ts';
import { type Numbered, parseNumbered } from '../../netlink/index.ts';
import { assertObject } from './validate.ts';

/**
 * A flag of a service. The schedulers' own flags go by the scheduler's name for them; `flag-1` to `flag-3` are the same
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

/** `IP_VS_SVC_F_PERSISTENT`; shown as the service's `persistence`. */
export const PERSISTENT = 0x1;
/** `IP_VS_SVC_F_HASHED`, the kernel's own: always set in what it sends, ignored in what it gets. */
export const HASHED = 0x2;
/** `IP_VS_SVC_F_ONEPACKET`. */
export const ONEPACKET = 0x4;

const common: Readonly<Record<string, number>> = {
  'one-packet': ONEPACKET,
  'flag-1': 0x8,
  'flag-2': 0x10,
  'flag-3': 0x20,
};
const own: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  sh: { 'sh-fallback': 0x8, 'sh-port': 0x10 },
  mh: { 'mh-fallback': 0x8, 'mh-port': 0x10 },
};
const NAMED = 0x3f;

const commonNames = namesByBit({});
const ownNames = new Map(Object.entries(own).map(([scheduler, flags]) => [scheduler, namesByBit(flags)]));

/** The scheduler's own name of a bit comes after the common one and takes its place. */
function namesByBit(flags: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries({ ...common, ...flags }).map(([name, bit]) => [bit, name]));
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
  const names = Object.keys(flags);
  return Object.keys(own).find((each) => names.some((name) => Object.hasOwn(own[each] ?? {}, name))) ?? '';
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
  const bit = common[name] ?? own[scheduler]?.[name];
  if (bit !== undefined) return bit;
  const owner = Object.keys(own).find((each) => own[each]?.[name] !== undefined);
  if (owner) throw new InputError(`may only have ${name} with scheduler ${owner}`, scheduler, 'service.flags');
  const number = parseNumbered(name);
  if (number !== undefined && number > NAMED && number <= 0xffffffff && (number & NAMED) === 0) return number;
  const known = [...Object.keys(common), ...Object.values(own).flatMap(Object.keys)];
  throw new InputError(`may only have ${known.join(', ')}, or '#' and a number of other bits`, name, 'service.flags');
}
