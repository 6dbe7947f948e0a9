import { assertInteger, assertIterable } from '../errors/validate.ts';
import type { Change } from '../ipvs/change.ts';
import type { IpvsClient } from '../ipvs/client/ipvs-client.ts';
import type { ServiceKey } from '../ipvs/model/service-key.ts';
import { type ApplyOptions, apply } from './apply/apply.ts';
import { type ApplyResult, changeId, type Draining, type FailedChange } from './apply/outcome.ts';
import { checkOptions } from './check-options.ts';
import { memoryDeadlines } from './drain/deadlines.ts';
import { drainName, isRemoval } from './drain/drain.ts';
import { forgetWanted } from './drain/forget-wanted.ts';
import { validateDrainOptions } from './drain/options.ts';
import type { TableEntrySpec } from './plan/desired.ts';
import { serviceId, serviceKeyOf } from './plan/identity.ts';
import { type Keep, type PlanOptions, planner } from './plan/plan.ts';
import { compileScope, type Scope } from './plan/scope.ts';
import { readTable } from './read-table.ts';

/** Options of {@link reconcile}. */
export interface ReconcileOptions extends PlanOptions, ApplyOptions {
  /** How often at most the table is read and changed, 1 to 1000. Default 5. */
  readonly rounds?: number | undefined;
  /**
   * The services within the scope to read and change, each looked up by its key, which takes the same time however large
   * the table is: all others, and their draining destinations, stay as they are. Default: all in the scope.
   */
  readonly services?: Iterable<ServiceKey> | undefined;
}

/** A change that is still to be made. */
export interface RemainingChange {
  /** The change. */
  readonly change: Change;
  /** Why it was not made, as in {@link FailedChange}; undefined where it is news, since others change the table. */
  readonly error?: unknown;
  /** The failed change that this one depends on, for a change that was therefore not tried. */
  readonly because?: Change;
}

/** What {@link reconcile} did, and how the table differs still. */
export interface ReconcileResult {
  /** What was carried out, in order. */
  readonly done: readonly Change[];
  /** How the table differed from what is wanted when it was last read; empty when it did not. */
  readonly remaining: readonly RemainingChange[];
  /** Destinations that still drain; none unless `drain.wait` is false. */
  readonly draining: readonly Draining[];
  /** Destinations that were removed at their deadline, with the connections that this ended. */
  readonly cut: readonly Draining[];
}

/**
 * Makes the table as wanted: reads it, plans, applies, and reads again, until nothing differs, nothing more can be done,
 * or the rounds are used up. A table that is as wanted already is read once and not touched.
 *
 * A destination of weight 0 that is not wanted goes on draining, whoever set its weight; one that is wanted again gets its
 * weight back, and its deadline is forgotten, also where `keep` names the weight and it was this that took it away.
 * @param desired the whole of what is wanted within the scope
 * @throws InputError for invalid options and for a wanted entry that is invalid, out of scope or there twice, before
 *   anything is sent; IpvsError and TransportError where the table cannot be read; SystemError where deadlines are kept in
 *   a file; the signal's reason. What the kernel refuses of the changes is in the result.
 * @example
 * ```ts
 * const { done, remaining } = await reconcile(ipvs, [
 *   { service: { ...web, scheduler: 'wrr' }, destinations: [{ address: '10.0.0.5', port: 8080 }] },
 * ]);
 * console.log(done.map(({ type }) => type), remaining); // [ 'patchService', 'removeDestination' ] []
 * ```
 */
export async function reconcile(
  ipvs: IpvsClient,
  desired: Iterable<TableEntrySpec>,
  options: ReconcileOptions = {},
): Promise<ReconcileResult> {
  checkOptions(options);
  const { scope, keep, signal, progress, rounds = 5, services } = options;
  if (services !== undefined) assertIterable('services', services, 'keys');
  assertInteger('rounds', rounds, 1, 1000);
  if (options.drain) validateDrainOptions(options.drain);
  // The rounds share deadlines, so that what fails in one is not drained anew in the next.
  const drain = options.drain && { ...options.drain, deadlines: options.drain.deadlines ?? memoryDeadlines() };
  const named = services && new Map(Array.from(services, (key) => [serviceId(key), serviceKeyOf(key)]));
  const isOurs = named ? within(scope, named) : compileScope(scope);
  const store = drain?.deadlines;
  const quiesced = new Set((await store?.load())?.keys());
  const planFor = planner(desired, { scope: isOurs, keep: keep && keepUnlessQuiesced(keep, quiesced) });
  const done: Change[] = [];
  const cut: Draining[] = [];
  let last: ApplyResult | undefined;
  let idleRounds = 0;
  for (let round = 0; ; round++) {
    const changes = planFor(await readTable(ipvs, { scope: isOurs, services: named?.values(), signal }));
    if (store) await forgetWanted(store, changes, isOurs);
    const draining = last?.draining ?? [];
    const open = withoutDraining(changes, draining);
    const remaining = withReasons(open, last?.failed ?? []);
    // What failed for once, such as for want of memory, is tried once more.
    const isStuck = idleRounds > 1 && remaining.every(({ error }) => error !== undefined);
    if (open.length === 0 || isStuck || round === rounds) return { done, remaining, draining, cut };
    last = await apply(ipvs, open, { signal, drain, progress });
    idleRounds = last.done.length > 0 ? 0 : idleRounds + 1;
    done.push(...last.done);
    cut.push(...last.cut);
  }
}

/** What is kept, except the weight that draining took away. */
function keepUnlessQuiesced(keep: Keep, quiesced: ReadonlySet<string>): Keep {
  return (service, destination) => {
    const kept = typeof keep === 'function' ? keep(service, destination) : keep;
    if (!destination || quiesced.size === 0) return kept;
    // A service that drained as a whole is stored under its own name alone.
    const isQuiesced = [{ service, destination }, { service }].some((target) => quiesced.has(drainName(target)));
    return isQuiesced ? kept.filter((setting) => setting !== 'weight') : kept;
  };
}

/** The part of a scope that is of some services. */
function within(scope: Scope | undefined, services: ReadonlyMap<string, ServiceKey>): (service: ServiceKey) => boolean {
  const isOurs = compileScope(scope);
  return (service) => services.has(serviceId(service)) && isOurs(service);
}

function withoutDraining(changes: readonly Change[], draining: readonly Draining[]): Change[] {
  const names = new Set(
    draining.flatMap(({ service, destination }) => [{ service }, { service, destination }].map(drainName)),
  );
  return changes.filter((change) => !isRemoval(change) || !names.has(drainName(change)));
}

function withReasons(changes: readonly Change[], failed: readonly FailedChange[]): RemainingChange[] {
  const failures = new Map(failed.map((failure) => [changeId(failure.change), failure]));
  return changes.map((change) => ({ ...failures.get(changeId(change)), change }));
}
