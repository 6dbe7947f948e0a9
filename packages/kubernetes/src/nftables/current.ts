import type { Command, Family, Json, NftDocument } from './json.ts';
import type { TableRules } from './rules.ts';
import { memberId, type SetMembers, type SetName, setNames } from './sets.ts';

/** A table as it stands in the kernel. */
export interface CurrentTable {
  /** True if the sets, chains and rules are the ones that are wanted. */
  readonly intact: boolean;
  readonly members: SetMembers;
}

/** Reads a listing of one table, `nft -j list table`. */
export function parseTable(family: Family, { nftables }: NftDocument, wanted: TableRules): CurrentTable {
  const objects = (kind: string) => nftables.flatMap((each) => (isObject(each[kind]) ? [each[kind]] : []));
  const members = new Map<SetName, Map<string, Json>>(setNames.map((name) => [name, new Map()]));
  const found = [...objects('set'), ...objects('map')].filter((each) => each['family'] === family);
  for (const { name, elem } of found) {
    const into = members.get(name as SetName);
    for (const member of Array.isArray(elem) ? (elem as Json[]) : []) into?.set(memberId(member), member);
  }
  const rules = objects('rule');
  const names = (each: readonly { readonly [name: string]: Json }[]) => each.map(({ name }) => String(name)).sort();
  const intact =
    same(names(found), [...setNames].sort()) &&
    same(names(objects('chain')), [...wanted.chains].sort()) &&
    rules.length === wanted.size &&
    rules.every(({ comment }) => comment === wanted.comment);
  return { intact, members };
}

/** True if a listing of all tables, `nft -j list tables`, has one. */
export function hasTable({ nftables }: NftDocument, family: Family, name: string): boolean {
  return nftables.some(({ table }) => isObject(table) && table['family'] === family && table['name'] === name);
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i]);
}

/** Throws SyntaxError or TypeError for what is no document of nft. */
export function parseDocument(text: string): NftDocument {
  const document: unknown = JSON.parse(text);
  const { nftables } = (document ?? {}) as { nftables?: unknown };
  if (!Array.isArray(nftables)) throw new TypeError('there is no list named nftables');
  return { nftables: nftables as readonly Command[] };
}
