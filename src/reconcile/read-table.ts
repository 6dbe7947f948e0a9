import type { IpvsClient } from '../ipvs/client/ipvs-client.ts';
import { IpvsError } from '../ipvs/errors/ipvs-error.ts';
import type { Service } from '../ipvs/model/service.ts';
import type { TableEntry } from '../ipvs/model/table-entry.ts';
import type { AbortSignalLike } from '../linux/abort-signal.ts';
import type { OperationOptions } from '../linux/operation-options.ts';
import { compileScope, type Scope } from './plan/scope.ts';

/** Services asked about at once. */
const SERVICES = 256;

/** Options of {@link readTable}. */
export interface ReadTableOptions extends OperationOptions {
  /** The services to read; of others, nothing but the key is looked at. Default: all. */
  readonly scope?: Scope | undefined;
}

/**
 * Reads the table, or the part of it that is in a scope. Services that others remove meanwhile are left out; as with
 * `Ipvs.services`, changes by others may make the kernel miss a service or list it twice.
 * @throws InputError for an invalid scope; IpvsError; TransportError; the signal's reason
 */
export async function readTable(ipvs: IpvsClient, { scope, signal }: ReadTableOptions = {}): Promise<TableEntry[]> {
  const isOurs = compileScope(scope);
  const services = (await ipvs.services({ signal })).filter(isOurs);
  const table: TableEntry[] = [];
  for (let from = 0; from < services.length; from += SERVICES) {
    const some = services.slice(from, from + SERVICES);
    const entries = await Promise.all(some.map((service) => readEntry(ipvs, service, signal)));
    for (const entry of entries) if (entry) table.push(entry);
  }
  return table;
}

async function readEntry(
  ipvs: IpvsClient,
  service: Service,
  signal: AbortSignalLike | undefined,
): Promise<TableEntry | undefined> {
  try {
    return { service, destinations: await ipvs.destinations(service, { signal }) };
  } catch (error) {
    if (error instanceof IpvsError && error.reason === 'no-such-service') return undefined;
    throw error;
  }
}
