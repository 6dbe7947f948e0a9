import { spawnSync } from 'node:child_process';
import { release } from 'node:os';
import fc from 'fast-check';
import type { ServiceSpec } from '../../../../src/ipvs/index.ts';
import { reconcile, type TableEntrySpec } from '../../../../src/reconcile/index.ts';
import { expectedTable, keys, similarTable } from '../../../support/ipvs/similar-tables.ts';
import type { Life } from '../life.ts';
import { untilLoaded } from './until-loaded.ts';

const [kernel = ''] = /^\d+\.\d+/.exec(release()) ?? [];
/** User-mode Linux has one scheduler less than Debian's other kernels of the same version. */
const hasTwos = spawnSync('modprobe', ['--dry-run', '--quiet', 'ip_vs_twos']).status === 0;
const tables = similarTable(hasTwos ? kernel : '6.1');

/** Makes the table as a random one, some of whose services have many destinations. */
export async function apply(life: Life): Promise<void> {
  const { random, ipvs, owns } = life;
  const [table = []] = fc.sample(tables, { seed: random.below(2 ** 31), numRuns: 1 });
  // As plain objects: those of fast-check have no prototype.
  const desired = structuredClone(table).filter(({ service }) => owns(service));
  if (random.once(4)) addLarge(life, desired);
  const remaining = await untilLoaded(life, async () => (await reconcile(ipvs, desired, { scope: owns })).remaining);
  life.expect(
    'remaining',
    remaining.map(({ change }) => change.type),
    [],
  );
  life.table = expectedTable(desired);
}

function addLarge({ random, owns }: Life, desired: TableEntrySpec[]): void {
  const key = random.pick(keys.filter(owns) as [(typeof keys)[0], ...typeof keys]);
  const service = { ...key, port: 9000, scheduler: 'wlc' } as ServiceSpec;
  if (!('port' in key)) return;
  const destinations = Array.from({ length: 1 + random.below(500) }, (_, i) => ({
    address: `10.1.${i >> 8}.${i & 255}`,
    port: 80,
    forwarding: { tunnel: 'ipip' as const },
    weight: random.below(5),
  }));
  desired.push({ service, destinations });
}
