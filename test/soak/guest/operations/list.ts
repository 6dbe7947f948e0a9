import { nameOf } from '../../../support/ipvs/similar-tables.ts';
import type { Life } from '../life.ts';
import { collect } from './collect.ts';

/** Lists by every way at once. */
export async function list(life: Life): Promise<void> {
  const { ipvs, table } = life;
  const entry = life.pickEntry();
  const [services, info, streamed, destinations] = await Promise.all([
    ipvs.services(),
    ipvs.info(),
    collect(ipvs.table()),
    entry ? ipvs.destinations(entry.service) : undefined,
  ]);
  const names = table.map(({ service }) => nameOf(service)).sort();
  life.expect('services', services.filter(life.owns).map(nameOf).sort(), names);
  const ours = streamed.filter(({ service }) => life.owns(service)).map(({ service }) => nameOf(service));
  life.expect('table', ours.sort(), names);
  life.expect('version', info.version, '1.2.1');
  life.expect('destinations', destinations?.length, entry?.destinations.length);
  life.count('listings', 3);
}
