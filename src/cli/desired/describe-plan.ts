import type { Change, ServiceKey, TableEntry } from '../../ipvs/index.ts';
import { describeDestination } from '../../ipvs/model/destination.ts';
import { describeService } from '../../ipvs/model/service-key.ts';
import type { TableEntrySpec } from '../../reconcile/index.ts';
import { destinationId, serviceId } from '../../reconcile/plan/identity.ts';
import { type Paint, plain } from './colours.ts';

/** What a plan does, counted. */
export interface PlanSummary {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
  readonly unchanged: number;
}

/** Counts services and destinations; those that go with their service are counted too. */
export function summarize(changes: readonly Change[], current: readonly TableEntry[]): PlanSummary {
  const sizes = new Map(current.map(({ service, destinations }) => [serviceId(service), 1 + destinations.length]));
  const count = (verb: string) => changes.filter(({ type }) => type.startsWith(verb)).length;
  const removed = (change: Change) =>
    change.type === 'removeService' ? (sizes.get(serviceId(change.service)) ?? 1) : 1;
  const remove = changes
    .filter(({ type }) => type.startsWith('remove'))
    .reduce((sum, change) => sum + removed(change), 0);
  const all = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const change = count('patch');
  return { add: count('add'), change, remove, unchanged: all - change - remove };
}

/**
 * A plan for people: its changes by service, `+` for what is added, `~` for what is changed, with the values before and
 * after, `-` for what is removed, and a last line that counts.
 * @param paint gives the signs their colours
 * @param removal what becomes of what is removed: `'remove'` or `'drain'`
 */
export function describePlan(
  changes: readonly Change[],
  current: readonly TableEntry[],
  removal: 'remove' | 'drain',
  paint: Paint = plain,
): string {
  const before = new Map(current.map((entry) => [serviceId(entry.service), entry]));
  const groups = new Map<string, { service: ServiceKey; changes: Change[] }>();
  for (const change of changes) {
    if (!('service' in change) || !change.service) continue;
    const id = serviceId(change.service);
    const group = groups.get(id) ?? { service: change.service, changes: [] };
    group.changes.push(change);
    groups.set(id, group);
  }
  const lines = [...groups].flatMap(([id, group]) => describeGroup(group.service, group.changes, before.get(id)));
  const { add, change, remove, unchanged } = summarize(changes, current);
  const last = `${add} to add, ${change} to change, ${remove} to ${removal}, ${unchanged} unchanged`;
  return `${[...lines.map((line) => paintLine(line, paint)), paint('bold', last)].join('\n')}\n`;
}

const COLOURS = { '+': 'green', '~': 'yellow', '-': 'red' } as const;

function paintLine(line: string, paint: Paint): string {
  const sign = line.trimStart()[0] ?? '';
  return sign === '+' || sign === '~' || sign === '-' ? paint(COLOURS[sign], line) : line;
}

function describeGroup(service: ServiceKey, changes: readonly Change[], entry: TableEntry | undefined): string[] {
  const own = changes.find((change) => !('destination' in change));
  const title = own ? describeServiceChange(own, entry) : `  ${describeService(service)}`;
  return [
    title,
    ...changes.flatMap((change) => ('destination' in change ? [describeDestinationChange(change, entry)] : [])),
  ];
}

function describeServiceChange(change: Change, entry: TableEntry | undefined): string {
  if (change.type === 'addService') return `+ ${describeService(change.service)}${given(change.service)}`;
  if (change.type === 'patchService')
    return `~ ${describeService(change.service)}${altered(entry?.service ?? {}, change.patch)}`;
  const count = entry?.destinations.length ?? 0;
  const lost = count === 0 ? '' : ` with ${count} destination${count === 1 ? '' : 's'}`;
  return `- ${describeService((change as { service: TableEntrySpec['service'] }).service)}${lost}`;
}

function describeDestinationChange(
  change: Extract<Change, { destination: unknown }>,
  entry: TableEntry | undefined,
): string {
  const name = describeDestination(change.destination);
  if (change.type === 'addDestination') return `    + ${name}${given(change.destination)}`;
  if (change.type !== 'patchDestination') return `    - ${name}`;
  const id = destinationId(change.destination);
  const present = entry?.destinations.find((each) => destinationId(each) === id);
  return `    ~ ${name}${altered(present ?? {}, change.patch)}`;
}

const KEYS: ReadonlySet<string> = new Set(['protocol', 'address', 'port', 'fwmark', 'family']);

/** The settings of what is added. */
function given(spec: object): string {
  return Object.entries(spec)
    .filter(([name, value]) => !KEYS.has(name) && text(value) !== '{}')
    .map(([name, value]) => `  ${name} ${text(value)}`)
    .join('');
}

/** The settings of what is changed, before and after. */
function altered(before: object, patch: object): string {
  return Object.entries(patch)
    .map(([name, value]) => `  ${name} ${text(Reflect.get(before, name))} -> ${text(value)}`)
    .join('');
}

function text(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
