import { type Numbered, parseNumbered } from '../../netlink/index.ts';

/** Flags by name: when read, those that are set. */
export type Flags<Name extends string> = { readonly [Flag in Name | Numbered]?: boolean | undefined };

/** The flags of a mask; a bit without a name is `'#64'`. */
export function flagsOf<Name extends string>(names: Readonly<Record<Name, number>>, mask: number): Flags<Name> {
  const flags: Record<string, boolean> = {};
  let rest = mask;
  for (const [name, bit] of Object.entries<number>(names)) {
    if ((mask & bit) === 0) continue;
    flags[name] = true;
    rest &= ~bit;
  }
  for (let bit = 1, left = rest >>> 0; left > 0; left >>>= 1, bit *= 2) if (left & 1) flags[`#${bit}`] = true;
  return flags as Flags<Name>;
}

/** The masks of the flags that are true, and of those that are named at all. The names must be known. */
export function masksOf<Name extends string>(
  names: Readonly<Record<Name, number>>,
  flags: Flags<Name>,
): { readonly set: number; readonly named: number } {
  let [set, named] = [0, 0];
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const bit = names[name as Name] ?? parseNumbered(name) ?? 0;
    named = (named | bit) >>> 0;
    if (value) set = (set | bit) >>> 0;
  }
  return { set, named };
}
