import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Bed } from '../test/bed/beds.ts';
import { root } from '../test/bed/vitest.ts';
import { bundle, copyScripts } from './bundle.ts';
import { median } from './figures.ts';
import type { Shape } from './guest/table.ts';
import { groupRuns, type Run, runsOf } from './tables.ts';

/** One step of one table, by this tree and by the one it is compared with. */
export interface Comparison extends Shape {
  readonly step: string;
  /** Milliseconds of processor time: the medians of all rounds. */
  readonly base: number;
  readonly current: number;
  /** How many times as long this tree takes: the median of the rounds' own ratios, and the quarters around it. */
  readonly ratio: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
}

const TIME_LIMIT = 1800;
const WARM_UP_ROUNDS = 10;

/**
 * This tree and another commit, round after round, with a kernel that takes no time: what is compared is the package's own
 * work. The program is this tree's; only the package under it is the other commit's.
 */
export function compareWith(revision: string, shapes: readonly Shape[], rounds: number): Promise<Comparison[]> {
  return withBothBuilds(revision, ['../idle-tables'], async (folder) => {
    const builds = ['base', 'this'].map((name) => startTables(folder, name));
    let output = '';
    const round = async (shape: Shape, number: number) => {
      // Whoever is second may find the caches warm, so each is first as often.
      for (const { name, run } of number % 2 ? builds : builds.toReversed()) output += `# ${name}\n${await run(shape)}`;
    };
    for (let i = 0; i < WARM_UP_ROUNDS; i++) await round({ services: 1000, each: 10 }, i);
    output = '';
    for (const shape of shapes) {
      output += `## ${shape.services} ${shape.each}\n`;
      for (let i = 0; i < rounds; i++) await round(shape, i);
    }
    for (const { end } of builds) await end();
    return comparisonsOf(runsOf(output));
  });
}

/** The same in one boot of a kernel: see bench/guest/against.sh. */
export function compareOn(bed: Bed, revision: string, shapes: readonly Shape[], rounds: number): Promise<Comparison[]> {
  return withBothBuilds(revision, ['tables'], async (out) => {
    await copyScripts(out);
    const words = shapes.map(({ services, each }) => `${services},${each}`).join(' ');
    const { status, output } = await bed.run(['sh', '-c', `bash "$IPVS_OUT"/against.sh ${rounds} ${words}`], {
      out,
      cwd: root,
      timeout: TIME_LIMIT,
    });
    if (status !== 0) throw new Error(`the benchmark failed:\n${output}`);
    return comparisonsOf(runsOf(output));
  });
}

/** Builds programs of bench/guest in `this` on this tree's sources, and in `base` on another commit's, in `sources`. */
async function withBothBuilds<T>(
  revision: string,
  programs: readonly string[],
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'ipvs-against-'));
  try {
    const sources = join(folder, 'sources');
    await checkOut(revision, sources);
    await bundle(programs, join(folder, 'this'));
    await bundle(programs, join(folder, 'base'), sources);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The files of a commit; what they import of other packages are this tree's. */
async function checkOut(revision: string, folder: string): Promise<void> {
  const archive = execFileSync('git', ['archive', revision], { cwd: root, maxBuffer: 2 ** 28 });
  await mkdir(folder);
  execFileSync('tar', ['--extract'], { cwd: folder, input: archive });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
}

/** Starts bench/idle-tables.ts of a build. */
function startTables(folder: string, name: string) {
  const before = name === 'base' && !existsSync(join(folder, 'sources/src/linux/kernel.ts')) ? ['--transport'] : [];
  const child = spawn(process.execPath, [join(folder, name, 'idle-tables.mjs'), ...before], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name,
    /** Makes a table and returns what was measured. */
    async run({ services, each }: Shape): Promise<string> {
      child.stdin.write(`${services} ${each}\n`);
      let output = '';
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`the benchmark of ${name} ended early`);
        if (value === 'done') return output;
        output += `${value}\n`;
      }
    },
    async end(): Promise<void> {
      child.stdin.end();
      await ended;
    },
  };
}

function comparisonsOf(runs: readonly Run[]): Comparison[] {
  return groupRuns(runs, ({ services, each, step }) => `${services} ${each} ${step}`).map((group) => {
    const [{ services, each, step }] = group;
    const times = (build: string) => group.filter(({ subject }) => subject === build).map(({ cpu }) => cpu);
    const [base, current] = [times('base'), times('this')];
    const ratios = current.map((value, round) => value / (base[round] ?? Number.NaN)).sort((a, b) => a - b);
    const quarter = (quarters: number) => ratios[Math.floor((ratios.length * quarters) / 4)] ?? Number.NaN;
    return {
      services,
      each,
      step,
      base: median(base),
      current: median(current),
      ratio: median(ratios),
      lowerQuartile: quarter(1),
      upperQuartile: quarter(3),
    };
  });
}
