import { formatRules, type ParsedCommand } from '../rules/index.ts';
import { addressesOf, resolveNames } from './listing/index.ts';
import { type Session, stateOf, tableOf } from './session/session.ts';

/** What `--save` prints; without `--lossless`, what ipvsadm would. */
export async function save({ given }: ParsedCommand, { ipvs }: Session): Promise<string> {
  // With numbers alone: what a name stands for may change.
  if (given.has('lossless')) return stateOf(ipvs);
  const table = await tableOf(ipvs);
  return formatRules(table, { names: given.has('numeric') ? undefined : await resolveNames(addressesOf(table)) });
}
