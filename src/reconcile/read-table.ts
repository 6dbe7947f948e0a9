import { assertIterable } from '../errors/validate.ts';
import type { IpvsClient } from '../ipvs/client/ipvs-client.ts';
import { IpvsError } from '../ipvs/errors/ipvs-error.ts';
import type { Service } from '../ipvs/model/service.ts';
import type { ServiceKey } from '../ipvs/model/service-key.ts';
import type { TableEntry } from '../ipvs/model/table-entry.ts';
import type { AbortSignalLike } from '../linux/abort-signal.ts';
import type { OperationOptions } from '../linux/operation-options.ts';
import { checkOptions } from './check-options.ts';
import { serviceId, serviceKeyOf } from './plan/identity.ts';
import { compileScope, type Scope } from './plan/scope.ts';

/** Services asked about at once. */
const SERVICES = 256;

/** Options of {@link readTable}. */
export interface ReadTableOptions extends OperationOptions {
  /** The services to read; of others, nothing but the key is looked at. Default: all. */
  readonly scope?: Scope | undefined;
  /**
   * Services to look up one by one instead of listing all of them, which takes the same time however large the table is.
   * One that does not exist is left out, one that is there twice is read once.
   */
  readonly services?: Iterable<ServiceKey> | undefined;
}

/**
 * Reads the table, or the part of it that is in a scope. Services that others remove meanwhile are left out; as with
 * `Ipvs.services`, changes by others may make the kernel miss a service or list it twice.
 * @throws InputError for an invalid scope or key; IpvsError; TransportError; the signal's reason
 * @example
 * ```ts
 * const [entry] = await readTable(ipvs, { scope: { addresses: ['192.0.2.0/24'] } });
 * console.log(entry?.destinations.length); // 2
 * ```
 */
export async function readTable(ipvs: IpvsClient, options: ReadTableOptions = {}): Promise<TableEntry[]> {
  checkOptions(options);
  const { scope, services, signal } = options;
  if (services !== undefined) assertIterable('services', services, 'keys');
  const isOurs = compileScope(scope);
  const keys = services
    ? new Map(Array.from(services, (key) => [serviceId(key), serviceKeyOf(key)])).values()
    : await ipvs.services({ signal });
  const ours: (ServiceKey | Service)[] = [...keys].filter(isOurs);
  const table: TableEntry[] = [];
  for (let from = 0; from < ours.length; from += SERVICES) {
    const some = ours.slice(from, from + SERVICES);
    const entries = await Promise.all(some.map((service) => readEntry(ipvs, service, signal)));
    for (const entry of entries) if (entry) table.push(entry);
  }
  return table;
}

async function readEntry(
  ipvs: IpvsClient,
  key: ServiceKey | Service,
  signal: AbortSignalLike | undefined,
): Promise<TableEntry | undefined> {
  try {
    const [service, destinations] = await Promise.all([
      'statistics' in key ? key : ipvs.service(key, { signal }), // one from a listing is known
      ipvs.destinations(key, { signal }),
    ]);
    return service && { service, destinations };
  } catch (error) {
    if (error instanceof IpvsError && error.reason === 'no-such-service') return undefined;
    throw error;
  }
}
