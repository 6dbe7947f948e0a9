import type { ParsedCommand } from '../rules/command-line/parse-command.ts';
import { formatRules } from '../rules/index.ts';
import { addressesOf, resolveReversibleNames } from './listing/index.ts';
import { type Session, stateOf, tableOf } from './session/session.ts';

/** What `--save` prints; without `--lossless`, what ipvsadm would. */
export async function save({ given }: ParsedCommand, { ipvs }: Session): Promise<string> {
  // With numbers alone: what a name stands for may change.
  if (given.has('lossless')) return stateOf(ipvs);
  const table = await tableOf(ipvs);
  const names = given.has('numeric') ? undefined : await resolveReversibleNames(addressesOf(table));
  return formatRules(table, { names });
}
