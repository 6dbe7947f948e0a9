import type { AbortSignalLike } from '../../linux/abort-signal.ts';
import type { Destination } from '../model/destination.ts';
import type { Service } from '../model/service.ts';
import type { TableEntry } from '../model/table-entry.ts';

/** More services than this are not asked about at once, and fewer when that gives more destinations than the other. */
const MAX_SERVICES = 64;
const MANY_DESTINATIONS = 1000;

/**
 * Asks for services, and then for the destinations of several at a time, as many as keep both the kernel busy and memory
 * flat. Once the signal is aborted, whoever holds an entry gets no other.
 */
export async function* streamTable(
  listServices: () => Promise<readonly Service[]>,
  destinationsOf: (service: Service) => Promise<Destination[]>,
  signalOf: () => AbortSignalLike | undefined,
): AsyncGenerator<TableEntry, void, undefined> {
  const services = await listServices();
  const signal = signalOf();
  for (let from = 0, size = 1; from < services.length; ) {
    const some = services.slice(from, from + size);
    const lists = await Promise.all(some.map(destinationsOf));
    for (const [i, service] of some.entries()) {
      yield { service, destinations: lists[i] ?? [] };
      if (signal?.aborted) throw signal.reason;
    }
    from += size;
    const found = lists.reduce((sum, { length }) => sum + length, 0);
    size = found > MANY_DESTINATIONS ? Math.ceil(size / 2) : Math.min(2 * size, MAX_SERVICES);
  }
}
