import type { Change, DestinationSpec, ServiceSpec } from '../../../src/ipvs/index.ts';
import type { Random } from '../../testing/random.ts';
import { familyOf } from './arbitrary.ts';
import { keys, servers } from './similar-tables.ts';

const schedulers = ['rr', 'wrr', 'wlc', 'sh'] as const;
const types = [
  ...['addService', 'addService', 'removeService', 'patchService', 'patchService'],
  ...[
    'addDestination',
    'addDestination',
    'addDestination',
    'removeDestination',
    'patchDestination',
    'patchDestination',
  ],
] as [Change['type'], ...Change['type'][]];

/** A change of tables with the keys of {@link similarTable}, whatever there is. */
export function randomChange(random: Random): Change {
  const service = random.pick(keys);
  const destination = random.pick(servers);
  const weight = random.below(3);
  const scheduler = random.pick(schedulers);
  const timeout = 1 + random.below(1000);
  switch (random.pick(types)) {
    case 'addService': {
      const persistence = random.once(2) ? { persistence: { timeout } } : {};
      return { type: 'addService', service: { ...service, ...persistence, scheduler } as ServiceSpec };
    }
    case 'removeService':
      return { type: 'removeService', service };
    case 'patchService': {
      const persistence = random.once(2) ? null : { timeout };
      return { type: 'patchService', service, patch: random.once(2) ? { scheduler } : { persistence } };
    }
    case 'addDestination': {
      const same = familyOf(service) === familyOf(destination);
      const forwarding: DestinationSpec['forwarding'] = same ? 'masquerade' : { tunnel: 'ipip' };
      return { type: 'addDestination', service, destination: { ...destination, forwarding, weight } };
    }
    case 'removeDestination':
      return { type: 'removeDestination', service, destination };
    default:
      return { type: 'patchDestination', service, destination, patch: { weight } };
  }
}
