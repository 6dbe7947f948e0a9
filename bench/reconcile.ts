import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bed } from '../test/bed/beds.ts';
import { root } from '../test/bed/vitest.ts';
import { bundle } from './bundle.ts';
import { median, printRows } from './figures.ts';
import type { Shape } from './guest/table.ts';

const TIME_LIMIT = 1800;

/**
 * A table that is as wanted, or differs by one hundredth, against a bare listing and ipvsadm: see bench/guest/reconcile.ts.
 * Prints the median of the times, and of the ratios to the listing of the same round, with the lowest and the highest.
 */
export async function compareReconciles(bed: Bed, { services, each }: Shape, rounds: number): Promise<void> {
  const out = await mkdtemp(join(tmpdir(), 'ipvs-reconcile-'));
  try {
    await bundle(['reconcile'], out);
    // A controller has run for a while: see bench/guest/compare.sh for the options.
    const node = 'node --min-semi-space-size=16 --single-threaded-gc "$IPVS_OUT"/reconcile.mjs';
    const command = `unshare -n sh -c 'ip link set lo up; exec ${node} ${services} ${each} ${rounds}'`;
    const { status, output } = await bed.run(['sh', '-c', command], { out, cwd: root, timeout: TIME_LIMIT });
    if (status !== 0) throw new Error(`the benchmark failed:\n${output}`);
    printRows(
      `Linux ${bed.release}, ${bed.manner}: ${services} x ${each}, ${rounds} rounds, against a listing`,
      rowsOf(output),
    );
  } finally {
    await rm(out, { recursive: true });
  }
}

function rowsOf(output: string): string[][] {
  const measured = new Map<string, { readonly time: number; readonly ratio: number }[]>();
  for (const round of output.split(/^# round .*$/m)) {
    const times = new Map<string, number>();
    for (const [, name = '', time] of round.matchAll(/^(.+): (\d+\.\d)\r?$/gm)) times.set(name, Number(time));
    const listing = times.get('list') ?? Number.NaN;
    for (const [name, time] of times)
      measured.set(name, [...(measured.get(name) ?? []), { time, ratio: time / listing }]);
  }
  return Array.from(measured, ([name, all]) => {
    const ratios = all.map(({ ratio }) => ratio);
    const time = median(all.map(({ time }) => time));
    const range = `(${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
    return [name, `${time.toFixed(0)} ms`, `${median(ratios).toFixed(2)} x`, range];
  });
}
