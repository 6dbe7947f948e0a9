import { errnoNumber } from '../../errors/errno.ts';
import { KernelError } from '../../errors/kernel-error.ts';
import type { AbortSignalLike } from '../../linux/abort-signal.ts';
import { onAbort } from '../../netlink/generic/on-abort.ts';
import { rejectLater } from '../../netlink/generic/reject-later.ts';
import type { Resolvers } from '../../netlink/generic/resolvers.ts';
import type { Family } from '../../netlink/index.ts';
import { patchErrors } from '../errors/describe-request.ts';
import type { DestinationFields } from '../model/destination.ts';
import { type DestinationPatch, patchDestination } from '../model/destination-patch.ts';
import type { ServiceFields } from '../model/service-key.ts';
import { commands, readSettings } from '../wire/commands.ts';
import { destinationFieldsOf } from './decode-reply.ts';
import { type DestinationId, destinationIdOf } from './entry-path.ts';
import { findEntry } from './find-entry.ts';
import { listDestinations } from './list-destinations.ts';
import { type Listing, readListing } from './listing.ts';
import type { Turn } from './path-queue.ts';

/**
 * A patch that waits for its destination to be read; a class as those of the queue (path-queue.ts). It does not keep the key it was
 * made with, so that those die young.
 */
class PendingPatch implements Resolvers<void> {
  readonly id: DestinationId;
  readonly address: DestinationFields['address'];
  readonly port: DestinationFields['port'];
  readonly patch: DestinationPatch;
  readonly signal: AbortSignalLike | undefined;
  readonly resolve: Resolvers<void>['resolve'];
  readonly reject: Resolvers<void>['reject'];
  /** Takes the patch off its signal. */
  forgetSignal: (() => void) | undefined = undefined;
  /** The destination as it was read. */
  current: DestinationFields | undefined = undefined;

  constructor(
    id: DestinationId,
    { address, port }: DestinationFields,
    patch: DestinationPatch,
    signal: AbortSignalLike | undefined,
    resolve: Resolvers<void>['resolve'],
    reject: Resolvers<void>['reject'],
  ) {
    this.id = id;
    this.address = address;
    this.port = port;
    this.patch = patch;
    this.signal = signal;
    this.resolve = resolve;
    this.reject = reject;
  }
}

/**
 * Patches of destinations of one service, no two of the same: they are read together and then written, each by a request of its
 * own. What comes later and touches the destinations of the service must wait until the round has ended.
 */
export class PatchRound {
  readonly service: ServiceFields;
  readonly turn: Turn;
  readonly #family: Family;
  #pending = new Map<DestinationId, PendingPatch>();
  #read = false;

  constructor(family: Family, service: ServiceFields, turn: Turn) {
    this.#family = family;
    this.service = service;
    this.turn = turn;
  }

  /** Whether a patch of this destination may join: until the round was read, and if nothing waits for its end. */
  accepts(id: DestinationId): boolean {
    return !this.#read && this.turn.followers === undefined && !this.#pending.has(id);
  }

  /** Adds a patch; resolves once it is written. */
  join(
    id: DestinationId,
    key: DestinationFields,
    patch: DestinationPatch,
    signal: AbortSignalLike | undefined,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const pending = new PendingPatch(id, key, patch, signal, resolve, reject);
      this.#pending.set(id, pending);
      if (signal)
        pending.forgetSignal = onAbort(signal, () => {
          this.#pending.delete(id);
          reject(signal.reason);
        });
    });
  }

  /** Reads and writes; ends as soon as every request is on its way, in order. Never rejects. */
  async run(): Promise<void> {
    // All were aborted while they waited; a round that need not wait starts before its first patch has joined.
    if (this.turn.ready && this.#pending.size === 0) return void this.#leave();
    try {
      const read = () => this.#list();
      const found = await findEntry(read, ({ entries }) => this.#write(entries) || undefined);
      if (!found) this.#refuse(noSuchDestination());
    } catch (error) {
      if (error instanceof KernelError) this.#refuse(error);
      else this.#dismiss(({ reject }) => reject(error));
    }
  }

  #list(): Promise<Listing<DestinationFields>> {
    return readListing((onDatagram) =>
      listDestinations(this.#family, readSettings.destinations, this.service, destinationFieldsOf, () => {
        this.#read = true;
        onDatagram();
      }),
    );
  }

  /** Writes what is listed, in the order of the calls; true when that was all. */
  #write(destinations: readonly DestinationFields[]): boolean {
    for (const each of destinations) {
      const pending = this.#pending.get(destinationIdOf(each));
      if (pending) pending.current = each;
    }
    for (const pending of this.#leave())
      if (pending.current) this.#writeOne(pending, pending.current);
      else this.#pending.set(pending.id, pending);
    return this.#pending.size === 0;
  }

  #writeOne(pending: PendingPatch, current: DestinationFields): void {
    const { service } = this;
    const { patch, signal } = pending;
    pending.forgetSignal?.();
    try {
      const destination = patchDestination(current, patch, service.family);
      const options = signal ? { signal, ...patchErrors } : patchErrors;
      this.#family.executeFor(pending, commands.setDest, { service, destination }, options);
    } catch (error) {
      pending.resolve(rejectLater(() => error as Error));
    }
  }

  /** Rejects all that are left, each with what it asked for and the stack of its call. */
  #refuse(refusal: KernelError): void {
    const { service } = this;
    this.#dismiss(({ address, port, resolve }) =>
      resolve(rejectLater(() => patchErrors.mapError(refusal, { service, destination: { address, port } }))),
    );
  }

  /** Settles all that are left. */
  #dismiss(settle: (pending: PendingPatch) => void): void {
    for (const pending of this.#leave()) {
      pending.forgetSignal?.();
      settle(pending);
    }
  }

  /** Takes out all patches. */
  #leave(): Iterable<PendingPatch> {
    const all = this.#pending.values();
    this.#read = true;
    this.#pending = new Map();
    return all;
  }
}

/** There is no command to read one destination, so nobody but the list says that it is not there. */
function noSuchDestination(): KernelError {
  return new KernelError({ errno: errnoNumber('ENOENT') ?? 2, request: 'IPVS_CMD_SET_DEST' });
}
