import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bed } from '../test/bed/beds.ts';
import { root } from '../test/bed/vitest.ts';
import { bundle } from './bundle.ts';
import { type Figure, median } from './figures.ts';
import type { Shape } from './guest/table.ts';

const TIME_LIMIT = 1800;

/** A table that is as wanted, or differs by one hundredth, against a bare listing and ipvsadm: see bench/guest/reconcile.ts. */
export async function compareReconciles(bed: Bed, { services, each }: Shape, rounds: number): Promise<Figure[]> {
  const out = await mkdtemp(join(tmpdir(), 'ipvs-reconcile-'));
  try {
    await bundle(['reconcile'], out);
    const inside = 'ip link set lo up; exec node "$IPVS_OUT"/reconcile.mjs';
    const command = `unshare -n sh -c '${inside} ${services} ${each} ${rounds}'`;
    const { status, output } = await bed.run(['sh', '-c', command], { out, cwd: root, timeout: TIME_LIMIT });
    if (status !== 0) throw new Error(`the benchmark failed:\n${output}`);
    return figuresOf(output);
  } finally {
    await rm(out, { recursive: true });
  }
}

/** The medians; the ratio is that to a listing. */
function figuresOf(output: string): Figure[] {
  const times = new Map<string, number[]>();
  for (const [, name = '', time] of output.matchAll(/^(.+): (\d+\.\d)\r?$/gm))
    times.set(name, [...(times.get(name) ?? []), Number(time)]);
  const listing = median(times.get('list') ?? []);
  return [...times].map(([name, all]) => ({ name, value: median(all), unit: 'ms', ratio: median(all) / listing }));
}
