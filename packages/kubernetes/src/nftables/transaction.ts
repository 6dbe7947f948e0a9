import type { CurrentTable } from './current.ts';
import type { Command, Family, Json } from './json.ts';
import { type RuleSettings, tableRules } from './rules.ts';
import { type SetMembers, type SetName, setNames } from './sets.ts';

/** What is to change of the sets of a table. */
export interface MemberChanges {
  readonly added: SetMembers;
  readonly removed: SetMembers;
}

/** The members that only one of two has. */
export function compareMembers(current: SetMembers, wanted: SetMembers): MemberChanges {
  return { added: without(wanted, current), removed: without(current, wanted) };
}

function without(some: SetMembers, others: SetMembers): SetMembers {
  const left = new Map<SetName, Map<string, Json>>();
  for (const [name, members] of some) {
    const other = others.get(name);
    left.set(name, new Map([...members].filter(([id]) => !other?.has(id))));
  }
  return left;
}

/** How many members there are in all sets. */
export function countMembers(members: SetMembers): number {
  let count = 0;
  for (const { size } of members.values()) count += size;
  return count;
}

/** The commands that change members: what goes first, since a block can only come where no other overlaps it. */
export function memberCommands(family: Family, table: string, { added, removed }: MemberChanges): Command[] {
  const commands = (verb: 'add' | 'delete', members: SetMembers) =>
    setNames.flatMap((name): Command[] => {
      const elem = [...(members.get(name)?.values() ?? [])];
      return elem.length === 0 ? [] : [{ [verb]: { element: { family, table, name, elem } } }];
    });
  return [...commands('delete', removed), ...commands('add', added)];
}

/**
 * The commands that make a table what is wanted, all or none of which nft carries out: the members that differ, or the whole
 * table where there is none or its rules are others. Nothing if nothing differs.
 */
export function nftablesTransaction(
  family: Family,
  settings: RuleSettings,
  current: CurrentTable | undefined,
  wanted: SetMembers,
): Command[] {
  const { table } = settings;
  if (current?.intact) return memberCommands(family, table, compareMembers(current.members, wanted));
  const removed: SetMembers = new Map();
  return [
    ...removeTable(family, table),
    { add: { table: { family, name: table } } },
    ...tableRules(family, settings).commands,
    ...memberCommands(family, table, { added: wanted, removed }),
  ];
}

/** The commands that remove a table, whether there is one or not. */
export function removeTable(family: Family, name: string): Command[] {
  return [{ add: { table: { family, name } } }, { delete: { table: { family, name } } }];
}
