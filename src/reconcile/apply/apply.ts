import { assertIterable } from '../../errors/validate.ts';
import type { Change } from '../../ipvs/change.ts';
import type { IpvsClient } from '../../ipvs/client/ipvs-client.ts';
import { encodeDestinationKey } from '../../ipvs/model/destination.ts';
import { encodeServiceKey } from '../../ipvs/model/service-key.ts';
import type { OperationOptions } from '../../linux/operation-options.ts';
import { checkOptions } from '../check-options.ts';
import { drainInto, isRemoval } from '../drain/drain.ts';
import { forgetRestored } from '../drain/forget-wanted.ts';
import { type DrainOptions, drainSettings } from '../drain/options.ts';
import { type ApplyResult, type FailedChange, type Outcome, Outcomes, type Progress } from './outcome.ts';
import { Prerequisites, takesAway } from './prerequisites.ts';
import { carryOut, isUnreachable } from './settle.ts';

/** Options of {@link apply}. */
export interface ApplyOptions extends OperationOptions {
  /** How to wait for the connections of what is removed. Default: it is removed at once, which ends them. */
  readonly drain?: DrainOptions | undefined;
  /** Is called whenever some changes were settled, and with every reading while destinations drain. */
  readonly progress?: ((progress: Progress) => void) | undefined;
}

/** Changes sent together. */
const BATCH = 512;

/**
 * Carries changes out in order, many at a time, and goes on where one fails. A failure stops what depends on it: the
 * destinations of a service that could not be added; and what would leave a service without a destination of positive
 * weight because the ones to take over could not be added or raised.
 *
 * What others change meanwhile is settled by reading again: an entry that exists already is patched to what was to be
 * added, and one that is gone already counts as removed.
 * @param changes as {@link plan} gives them, or any others
 * @throws InputError for an invalid option, and for a change that names no service or destination, before anything is
 *   sent; the signal's reason, where changes that were sent stay done. Whatever else goes wrong is in the result.
 * @example
 * ```ts
 * const destination = { address: '10.0.0.7', port: 8080 };
 * const { done, failed } = await apply(ipvs, [
 *   { type: 'addDestination', service: web, destination },
 *   { type: 'removeService', service: { fwmark: 7 } },
 * ]);
 * console.log(done.length, failed.length); // 1 0
 * ```
 */
export async function apply(
  ipvs: IpvsClient,
  changes: Iterable<Change>,
  options: ApplyOptions = {},
): Promise<ApplyResult> {
  checkOptions(options);
  assertIterable('changes', changes, 'changes');
  const { signal, drain, progress } = options;
  const settings = drain && (await drainSettings(drain));
  const all = [...changes];
  for (const change of all) validateKeys(change);
  const outcomes = new Outcomes(all.length, progress);
  const prerequisites = new Prerequisites();
  for (let from = 0; from < all.length; ) {
    if (signal?.aborted) throw signal.reason;
    const batch = takeBatch(all, from, settings !== undefined);
    const failedBefore = outcomes.failed.length;
    from += batch.length;
    const blockers = await prerequisites.blockersOf(ipvs, batch, all.slice(from));
    for (const [i, blocker] of blockers.entries()) if (blocker) outcomes.add(stopped(batch[i] as Change, blocker));
    const free = batch.filter((_, i) => !blockers[i]);
    if (settings && free.every(isRemoval)) {
      // Before the wait, which may be aborted.
      await forgetRestored(settings.deadlines, outcomes);
      await drainInto(outcomes, ipvs, free, settings, signal);
    } else
      for (const [i, outcome] of (await carryOut(ipvs, free)).entries())
        outcomes.add(prerequisites.note(free[i] as Change, outcome));
    const unreachable = outcomes.failed.slice(failedBefore).find(({ error }) => isUnreachable(error));
    // Nobody would answer, each in a time of its own.
    if (unreachable) for (; from < all.length; from++) outcomes.add(stopped(all[from] as Change, unreachable));
    outcomes.report();
  }
  return outcomes.result;
}

/**
 * The changes from an index on that can travel together: patches read before they write, so that among other changes they
 * would be carried out late; and what takes a destination away waits for what is to take over.
 */
function takeBatch(changes: readonly Change[], from: number, drains: boolean): Change[] {
  const kind = kindOf(changes[from] as Change);
  const limit = drains && kind === 'remove' ? Infinity : BATCH;
  let to = from;
  while (to < changes.length && to - from < limit && kindOf(changes[to] as Change) === kind) to++;
  return changes.slice(from, to);
}

function kindOf(change: Change): string {
  if (isRemoval(change)) return 'remove';
  return (change.type.startsWith('patch') ? 'patch' : 'write') + (takesAway(change) ? ' away' : '');
}

function validateKeys(change: Change): void {
  if ('service' in change && change.service) encodeServiceKey(change.service);
  if ('destination' in change) encodeDestinationKey(change.destination);
}

function stopped(change: Change, { change: because, error }: FailedChange): Outcome {
  return { status: 'failed', change, error, because };
}
