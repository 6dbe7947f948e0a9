import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bed } from '../test/bed/beds.ts';
import { root } from '../test/bed/vitest.ts';
import { bundle, copyScripts } from './bundle.ts';
import { median } from './figures.ts';
import type { Shape } from './guest/table.ts';
import { groupRuns, type Run, runsOf } from './tables.ts';

/** One step of one table, by this tree and by the one it is compared with. */
export interface Comparison extends Shape {
  readonly step: string;
  /** Milliseconds: the medians of all rounds. */
  readonly base: number;
  readonly current: number;
  /** How many times as long this tree takes: the median of the rounds' own ratios, which stray less than the times. */
  readonly ratio: number;
  readonly lowestRatio: number;
  readonly highestRatio: number;
}

const TIME_LIMIT = 1800;

/**
 * Tables made by this tree and by another commit, in one boot, round after round: see bench/guest/against.sh. The program
 * that makes them is this tree's; only the package under it is the other commit's.
 */
export async function compareWith(
  revision: string,
  bed: Bed,
  shapes: readonly Shape[],
  rounds: number,
): Promise<Comparison[]> {
  const out = await mkdtemp(join(tmpdir(), 'ipvs-against-'));
  try {
    const base = join(out, 'base-sources');
    await checkOut(revision, base);
    await bundle(['tables'], join(out, 'this'));
    await bundle(['tables'], join(out, 'base'), base);
    await copyScripts(out);
    const words = shapes.map(({ services, each }) => `${services},${each}`).join(' ');
    const { status, output } = await bed.run(['sh', '-c', `bash "$IPVS_OUT"/against.sh ${rounds} ${words}`], {
      out,
      cwd: root,
      timeout: TIME_LIMIT,
    });
    if (status !== 0) throw new Error(`the benchmark failed:\n${output}`);
    return comparisonsOf(runsOf(output));
  } finally {
    await rm(out, { recursive: true });
  }
}

/** The files of a commit; what they import of other packages are this tree's. */
async function checkOut(revision: string, folder: string): Promise<void> {
  const archive = execFileSync('git', ['archive', revision], { cwd: root, maxBuffer: 2 ** 28 });
  await mkdir(folder);
  execFileSync('tar', ['--extract'], { cwd: folder, input: archive });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
}

function comparisonsOf(runs: readonly Run[]): Comparison[] {
  return groupRuns(runs, ({ services, each, step }) => `${services} ${each} ${step}`).map((group) => {
    const [{ services, each, step }] = group;
    const times = (build: string) => group.filter(({ subject }) => subject === build).map(({ value }) => value);
    const [base, current] = [times('base'), times('this')];
    const ratios = current.map((value, round) => value / (base[round] ?? Number.NaN));
    return {
      services,
      each,
      step,
      base: median(base),
      current: median(current),
      ratio: median(ratios),
      lowestRatio: Math.min(...ratios),
      highestRatio: Math.max(...ratios),
    };
  });
}
