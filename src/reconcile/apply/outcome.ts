import type { Change } from '../../ipvs/change.ts';
import type { DestinationKey } from '../../ipvs/model/destination.ts';
import type { ServiceKey } from '../../ipvs/model/service-key.ts';
import { destinationId, serviceId } from '../plan/identity.ts';

/** A change that was not carried out. */
export interface FailedChange {
  /** The change. */
  readonly change: Change;
  /** Why not: mostly an `IpvsError`; for a change that was not tried, the error of the one in `because`. */
  readonly error: unknown;
  /** The failed change that this one depends on, for a change that was therefore not tried. */
  readonly because?: Change;
}

/** A destination whose connections are waited for. */
export interface Draining {
  /** The service of the destination. */
  readonly service: ServiceKey;
  /** The destination. */
  readonly destination: DestinationKey;
  /** Its connections, with its persistence templates where those count. */
  readonly connections: number;
  /** When it is removed nevertheless: milliseconds since 1970, whatever became of the clock since the process began. */
  readonly deadline: number;
}

/** What became of changes. */
export interface ApplyResult {
  /** What was carried out, in order; where an entry existed already, the patch that it took instead of an addition. */
  readonly done: readonly Change[];
  /** What others had done already. */
  readonly unneeded: readonly Change[];
  /** What was not carried out, with the reason. */
  readonly failed: readonly FailedChange[];
  /** Destinations that still drain; none unless `drain.wait` is false. */
  readonly draining: readonly Draining[];
  /** Destinations that were removed at their deadline, with the connections that this ended. */
  readonly cut: readonly Draining[];
}

/** How far changes have come. */
export interface Progress {
  /** Changes given. */
  readonly total: number;
  /** Those that were settled, well or not. */
  readonly settled: number;
  /** Those that failed, included in `settled`. */
  readonly failed: number;
  /** Destinations that drain now. */
  readonly draining: readonly Draining[];
}

/** Collects what becomes of changes. */
export class Outcomes {
  readonly done: Change[] = [];
  readonly unneeded: Change[] = [];
  readonly failed: FailedChange[] = [];
  readonly cut: Draining[] = [];
  draining: readonly Draining[] = [];
  settled = 0;
  readonly #total: number;
  readonly #report: ((progress: Progress) => void) | undefined;

  constructor(total: number, report: ((progress: Progress) => void) | undefined) {
    this.#total = total;
    this.#report = report;
  }

  add(outcome: Outcome): void {
    this.settled++;
    if (outcome.status === 'failed') {
      const { change, error, because } = outcome;
      this.failed.push({ change, error, ...(because && { because }) });
    } else this[outcome.status].push(outcome.change);
  }

  report(): void {
    const { settled, failed, draining } = this;
    this.#report?.({ total: this.#total, settled, failed: failed.length, draining });
  }

  get result(): ApplyResult {
    const { done, unneeded, failed, draining, cut } = this;
    return { done, unneeded, failed, draining, cut };
  }
}

/** What became of one change. */
export type Outcome =
  | { readonly status: 'done' | 'unneeded'; readonly change: Change }
  | { readonly status: 'failed'; readonly change: Change; readonly error: unknown; readonly because?: Change };

/** What a change does to which entry, as text: two changes of the same kind to the same entry have the same. */
export function changeId(change: Change): string {
  const service = 'service' in change && change.service ? ` ${serviceId(change.service)}` : '';
  const destination = 'destination' in change ? ` ${destinationId(change.destination)}` : '';
  return change.type + service + destination;
}
