import type { Persistence, PersistenceOptions } from '../../ipvs/model/persistence.ts';
import type { ServiceSpec } from '../../ipvs/model/service.ts';
import type { TableEntrySpec } from '../../reconcile/index.ts';
import type { File, FileService } from '../file/file.ts';
import { resolveDestination } from './destination.ts';

type Defaults = NonNullable<File['defaults']>;

/** A service of a file and its destinations, with their defaults. */
export function resolveService(given: FileService, defaults: Defaults): TableEntrySpec {
  const { destinations = [], defaults: _, health: __, ...own } = given;
  const { persistence, dormantPersistence, ...settings } = { ...withoutPersistence(own, defaults.service), ...own };
  const service = {
    ...settings,
    ...(persistence !== undefined && { persistence: persistenceOf(persistence) }),
    ...(dormantPersistence !== undefined && { dormantPersistence: persistenceOf(dormantPersistence) }),
  };
  const resolve = destinationResolver(given, defaults);
  // Which options exclude each other is for whoever takes the service to say.
  return { service: service as unknown as ServiceSpec, destinations: destinations.map(withoutProbes).map(resolve) };
}

/** Completes a destination of a service. */
export function destinationResolver(service: FileService, { destination }: Defaults) {
  const port = 'port' in service ? service.port : 0;
  const defaults = { ...destination, ...service.defaults };
  return (given: Parameters<typeof resolveDestination>[0]) => resolveDestination(given, port, defaults);
}

/** The defaults of services, without their persistence for one that has a dormant one, which excludes it. */
function withoutPersistence({ dormantPersistence }: { dormantPersistence?: unknown }, defaults: Defaults['service']) {
  const { persistence, ...rest } = defaults ?? {};
  return dormantPersistence === undefined && persistence !== undefined ? { ...rest, persistence } : rest;
}

/** What the table wants of a destination: its probes are its pool's. */
function withoutProbes(given: NonNullable<FileService['destinations']>[number]) {
  if (typeof given === 'string') return given;
  const { probes: _, ...own } = given;
  return own;
}

function persistenceOf(given: NonNullable<FileService['persistence']>): Persistence {
  return (typeof given === 'number' ? { timeout: given } : given) as PersistenceOptions;
}
