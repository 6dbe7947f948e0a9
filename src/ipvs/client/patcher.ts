import type { AbortSignalLike } from '../../linux/abort-signal.ts';
import type { Family } from '../../netlink/index.ts';
import { patchErrors } from '../errors/describe-request.ts';
import type { DestinationFields } from '../model/destination.ts';
import type { DestinationPatch } from '../model/destination-patch.ts';
import type { ServiceFields } from '../model/service-key.ts';
import { patchService, type ServicePatch } from '../model/service-patch.ts';
import { commands, readSettings } from '../wire/commands.ts';
import { serviceFieldsOf } from './decode-reply.ts';
import { destinationIdOf, destinationsPath, serviceIdOf, settingsPath } from './entry-path.ts';
import { PatchRound } from './patch-round.ts';
import type { PathQueue } from './path-queue.ts';

/**
 * Reads, merges, writes back: the kernel's SET commands replace an entry, so what is not to change must be sent again.
 * Nobody else may write the entry meanwhile.
 */
export class Patcher {
  readonly #family: Family;
  readonly #queue: PathQueue;
  /** The last round of each service whose destinations are being patched. */
  #rounds = new Map<string, PatchRound>();
  /** The last of all rounds: most patches that are made at once concern one service. */
  #last: PatchRound | undefined;

  constructor(family: Family, queue: PathQueue) {
    this.#family = family;
    this.#queue = queue;
  }

  /** Patches a service once its turn has come. */
  service(service: ServiceFields, patch: ServicePatch, signal: AbortSignalLike | undefined): Promise<void> {
    return this.#queue.hold(settingsPath(service), signal, async () => {
      const options = { signal, ...patchErrors };
      const current = await this.#family.request(readSettings.service, { service }, serviceFieldsOf, options);
      await this.#family.execute(commands.setService, { service: patchService(current, patch) }, options);
    });
  }

  /** Patches a destination once its turn has come. */
  destination(
    service: ServiceFields,
    key: DestinationFields,
    patch: DestinationPatch,
    signal: AbortSignalLike | undefined,
  ): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const id = destinationIdOf(key);
    const last = this.#last;
    if (last && isWrittenAlike(last.service, service) && last.accepts(id)) return last.join(id, key, patch, signal);
    const name = serviceIdOf(service);
    const known = this.#rounds.get(name);
    const round = known?.accepts(id) ? known : this.#begin(name, service);
    return round.join(id, key, patch, signal);
  }

  #begin(name: string, service: ServiceFields): PatchRound {
    const round = new PatchRound(this.#family, service, this.#queue.enter(destinationsPath(name)));
    this.#last = round;
    this.#rounds.set(name, round);
    this.#run(name, round);
    return round;
  }

  /** Carries a round out once its turn has come. */
  async #run(name: string, round: PatchRound): Promise<void> {
    if (round.turn.ready) await round.turn.ready;
    await round.run();
    if (this.#last === round) this.#last = undefined;
    if (this.#rounds.get(name) === round) this.#rounds.delete(name);
    // As in PathQueue: a new Map does not keep what the old one held.
    if (this.#rounds.size === 0) this.#rounds = new Map();
    this.#queue.end(round.turn);
  }
}

/** Whether two services are the same and nothing of their keys is written in another way. */
function isWrittenAlike(some: ServiceFields, other: ServiceFields): boolean {
  return (
    some.address === other.address &&
    some.port === other.port &&
    some.protocol === other.protocol &&
    some.fwmark === other.fwmark &&
    some.family === other.family
  );
}
