import { errnoNumber } from '../../errors/errno.ts';
import { KernelError } from '../../errors/kernel-error.ts';
import type { AbortSignalLike } from '../../linux/abort-signal.ts';
import type { Family } from '../../netlink/index.ts';
import { patchErrors } from '../errors/describe-request.ts';
import type { DestinationFields } from '../model/destination.ts';
import { type DestinationPatch, patchDestination } from '../model/destination-patch.ts';
import type { ServiceFields } from '../model/service-key.ts';
import { patchService, type ServicePatch } from '../model/service-patch.ts';
import { commands, readSettings } from '../wire/commands.ts';
import { destinationFieldsOf, serviceFieldsOf } from './decode-reply.ts';
import { type DestinationId, destinationIdOf, serviceIdOf, settingsPath } from './entry-path.ts';
import { findEntry } from './find-entry.ts';
import { listDestinations } from './list-destinations.ts';
import { isWhole, type Listing, readListing } from './listing.ts';
import type { PathQueue } from './path-queue.ts';
import { SharedRead } from './shared-read.ts';
import { untilAborted } from './until-aborted.ts';

/** The destinations of a service as they were listed, and by id. */
interface Destinations extends Listing<DestinationFields> {
  readonly byId: ReadonlyMap<DestinationId, DestinationFields>;
}

/** A service whose destinations are being patched. */
interface Patched {
  readonly shared: SharedRead<DestinationId, Destinations>;
  readonly list: () => Promise<Destinations>;
  patches: number;
}

/**
 * Reads, merges, writes back: the kernel's SET commands replace an entry, so what is not to change must be sent again.
 * Nobody else may write the entry meanwhile.
 */
export class Patcher {
  readonly #family: Family;
  readonly #queue: PathQueue;
  /** The services whose destinations are being patched. */
  #patched = new Map<string, Patched>();

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

  /** Patches a destination once its turn has come; one function for all of it, since thousands may be under way. */
  async destination(
    service: ServiceFields,
    key: DestinationFields,
    patch: DestinationPatch,
    signal: AbortSignalLike | undefined,
  ): Promise<void> {
    const [name, id] = [serviceIdOf(service), destinationIdOf(key)];
    const turn = this.#queue.enter([name, id]);
    if (turn.ready) await this.#queue.wait(turn, turn.ready, signal);
    const patched = this.#patched.get(name) ?? this.#begin(name, service);
    patched.patches++;
    try {
      const listing = await untilAborted(patched.shared.run(id, patched.list), signal);
      const current = listing.byId.get(id) ?? (await findAgain(listing, patched, id, signal));
      if (!current) throw noSuchDestination();
      const destination = patchDestination(current, patch, service.family);
      patched.shared.written(id);
      await this.#family.execute(commands.setDest, { service, destination }, signal && { signal });
    } catch (error) {
      // An error for each who shares the read, with what it asked for and the stack of its call.
      throw error instanceof KernelError ? patchErrors.mapError(error, { service, destination: key }) : error;
    } finally {
      if (--patched.patches === 0) this.#forget(name);
      this.#queue.end(turn);
    }
  }

  /** Takes note of a destination that is being written: a read that was sent before does not show it as it is. */
  written(service: ServiceFields, key: DestinationFields): void {
    this.#patched.get(serviceIdOf(service))?.shared.written(destinationIdOf(key));
  }

  #begin(name: string, service: ServiceFields): Patched {
    const patched = {
      shared: new SharedRead<DestinationId, Destinations>(),
      list: () => this.#list(service),
      patches: 0,
    };
    this.#patched.set(name, patched);
    return patched;
  }

  #forget(name: string): void {
    // As in PathQueue: a new Map does not keep what the old one held.
    if (this.#patched.size === 1) this.#patched = new Map();
    else this.#patched.delete(name);
  }

  async #list(service: ServiceFields): Promise<Destinations> {
    const listing = await readListing((onDatagram) =>
      listDestinations(this.#family, readSettings.destinations, service, destinationFieldsOf, onDatagram),
    );
    const byId = new Map<DestinationId, DestinationFields>();
    for (const each of listing.entries) byId.set(destinationIdOf(each), each);
    return { ...listing, byId };
  }
}

/** Looks on for a destination that a listing has not shown, unless that proves that it is not there. */
async function findAgain(
  listing: Destinations,
  { shared, list }: Patched,
  id: DestinationId,
  signal: AbortSignalLike | undefined,
): Promise<DestinationFields | undefined> {
  if (isWhole(listing)) return undefined;
  const read = () => untilAborted(shared.run(id, list), signal);
  return findEntry(read, ({ byId }) => byId.get(id));
}

/** There is no command to read one destination, so nobody but the list says that it is not there. */
function noSuchDestination(): KernelError {
  return new KernelError({ errno: errnoNumber('ENOENT') ?? 2, request: 'IPVS_CMD_SET_DEST' });
}
