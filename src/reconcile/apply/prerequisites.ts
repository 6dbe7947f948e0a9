import type { Change } from '../../ipvs/change.ts';
import type { IpvsClient } from '../../ipvs/client/ipvs-client.ts';
import { destinationId, serviceId } from '../plan/identity.ts';
import type { FailedChange, Outcome } from './outcome.ts';

/** What was to give a service destinations of positive weight. */
interface Gains {
  succeeded: boolean;
  failed: FailedChange | undefined;
}

/** Knows which changes depend on others that failed. */
export class Prerequisites {
  readonly #missingServices = new Map<string, FailedChange>();
  readonly #gains = new Map<string, Gains>();

  /** Takes note of what became of a change; what followed from an earlier failure is returned as such. */
  note(change: Change, outcome: Outcome): Outcome {
    if (!('service' in change) || !change.service) return outcome;
    const id = serviceId(change.service);
    const failure = outcome.status === 'failed' ? outcome : undefined;
    if (change.type === 'addService') {
      if (failure) this.#missingServices.set(id, failure);
      else this.#missingServices.delete(id);
    }
    if (givesWeight(change)) {
      const gains = this.#gains.get(id) ?? { succeeded: false, failed: undefined };
      if (failure) gains.failed ??= failure;
      else gains.succeeded = true;
      this.#gains.set(id, gains);
    }
    const missing = this.#missingServices.get(id);
    return failure && missing && missing !== failure ? { ...failure, because: missing.change } : outcome;
  }

  /** For each change of a batch the failure that it must not be carried out after, if any. */
  async blockersOf(
    ipvs: IpvsClient,
    batch: readonly Change[],
    rest: readonly Change[],
  ): Promise<(FailedChange | undefined)[]> {
    if (this.#missingServices.size === 0 && this.#gains.size === 0) return batch.map(() => undefined);
    const lastOnes = new Map<string, Promise<boolean>>();
    return Promise.all(
      batch.map(async (change) => {
        if (!('service' in change) || !change.service || change.type === 'addService') return undefined;
        const id = serviceId(change.service);
        const missing = this.#missingServices.get(id);
        const gains = this.#gains.get(id);
        if (missing || !takesAway(change) || !gains?.failed || gains.succeeded) return missing;
        const last = lastOnes.get(id) ?? takesLast(ipvs, change, [...batch, ...rest]);
        lastOnes.set(id, last);
        return (await last) ? gains.failed : undefined;
      }),
    );
  }
}

type DestinationChange = Extract<Change, { readonly destination: unknown }>;

/** Whether the changes take all destinations of positive weight of the service that one of them is about. */
async function takesLast(
  ipvs: IpvsClient,
  { service }: DestinationChange,
  changes: readonly Change[],
): Promise<boolean> {
  const id = serviceId(service);
  const taken = new Set(
    changes
      .filter((change) => takesAway(change))
      .filter((change) => serviceId(change.service) === id)
      .map((change) => destinationId(change.destination)),
  );
  try {
    const serving = (await ipvs.destinations(service)).filter(({ weight }) => weight > 0);
    return serving.length > 0 && serving.every((each) => taken.has(destinationId(each)));
  } catch {
    // Why it cannot be read is what the change itself will be refused for.
    return false;
  }
}

/** Whether a change takes new connections from a destination. */
export function takesAway(change: Change): change is DestinationChange {
  return change.type === 'removeDestination' || (change.type !== 'addDestination' && weightOf(change) === 0);
}

function givesWeight(change: Change): boolean {
  return (weightOf(change) ?? 0) > 0;
}

/** The weight that a change gives a destination, if it does. */
function weightOf(change: Change): number | undefined {
  if (change.type === 'patchDestination') return change.patch.weight;
  if (change.type === 'addDestination' || change.type === 'updateDestination') return change.destination.weight ?? 1;
  return undefined;
}
