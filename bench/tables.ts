import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bed } from '../test/bed/beds.ts';
import { root } from '../test/bed/vitest.ts';
import { bundle, copyScripts } from './bundle.ts';
import { compile } from './compile.ts';
import { type Figure, median } from './figures.ts';
import type { Shape } from './guest/table.ts';
import { rules } from './rules.ts';

const TIME_LIMIT = 3600;

/** What one subject took for one step: medians of all rounds, the ratio that of the rounds' own ratios to the floor. */
export interface Measured extends Figure {
  readonly step: string;
  readonly services: number;
  readonly each: number;
  /** Milliseconds of processor time; 0 where it was not measured. */
  readonly cpu: number;
  /** Peak memory in MiB; 0 where it was not measured. */
  readonly memory: number;
  readonly lowestRatio: number;
  readonly highestRatio: number;
}

/** What ratios are against. */
const FLOOR = 'C, 64 requests at a time';

/**
 * Tables created, listed, patched and deleted by the barest C, by ipvsadm and by this package, in one boot, round after round:
 * see bench/guest/compare.sh.
 */
export async function compareTables(bed: Bed, shapes: readonly Shape[], rounds: number): Promise<Measured[]> {
  const out = await mkdtemp(join(tmpdir(), 'ipvs-bench-'));
  try {
    await copyFile(compile('table'), join(out, 'table'));
    await bundle(['tables', 'first'], out);
    await copyScripts(out);
    for (const { services, each } of shapes)
      await writeFile(join(out, `rules-${services}-${each}`), rules(services, each));
    const words = shapes.map(({ services, each }) => `${services},${each}`).join(' ');
    const { status, output } = await bed.run(['sh', '-c', `bash "$IPVS_OUT"/compare.sh ${rounds} ${words}`], {
      out,
      cwd: root,
      timeout: TIME_LIMIT,
      onOutput: (chunk) => process.stderr.write(chunk),
    });
    if (status !== 0) throw new Error(`the benchmark failed:\n${output}`);
    return figuresOf(output);
  } finally {
    await rm(out, { recursive: true });
  }
}

/** One step as it was measured once. */
export interface Run {
  readonly subject: string;
  readonly step: string;
  readonly services: number;
  readonly each: number;
  readonly value: number;
  readonly cpu: number;
  readonly memory: number;
}

function figuresOf(output: string): Measured[] {
  const all = runsOf(output);
  // The C program reads no service by its key.
  const compared = all.filter(({ step }) => step !== 'read');
  return groupRuns(compared, (run) => nameOf(run, run.subject)).map((runs) => {
    const [{ subject: name, step, services, each }] = runs;
    const floors = all.filter((run) => nameOf(run, run.subject) === nameOf({ step, services, each }, FLOOR));
    const ratios = runs.map(({ value }, round) => value / (floors[round]?.value ?? Number.NaN));
    const middle = (field: 'value' | 'cpu' | 'memory') => median(runs.map((run) => run[field]));
    const [value, cpu, memory] = [middle('value'), middle('cpu'), middle('memory')];
    const [lowestRatio, highestRatio] = [Math.min(...ratios), Math.max(...ratios)];
    return {
      name,
      step,
      services,
      each,
      value,
      unit: 'ms',
      ratio: median(ratios),
      lowestRatio,
      highestRatio,
      cpu,
      memory,
    };
  });
}

function nameOf({ step, services, each }: Pick<Run, 'step' | 'services' | 'each'>, subject: string): string {
  return [services, each, step, subject].join(' ');
}

/** Runs of the same name, in the order in which they were measured. */
export function groupRuns(runs: readonly Run[], nameOf: (run: Run) => string): [Run, ...Run[]][] {
  const groups = new Map<string, [Run, ...Run[]]>();
  for (const run of runs) {
    const group = groups.get(nameOf(run));
    if (group) group.push(run);
    else groups.set(nameOf(run), [run]);
  }
  return [...groups.values()];
}

/** What compare.sh or against.sh printed. */
export function runsOf(output: string): Run[] {
  const runs: Run[] = [];
  let [subject, services, each] = ['', 0, 0];
  for (const line of output.split('\n')) {
    const words = line.trim().split(' ');
    if (words[0] === '##') [services, each] = [Number(words[1]), Number(words[2])];
    else if (words[0] === '#') subject = line.slice(2).trim();
    else if (words.length === 4 && words.slice(1).every((word) => /^[\d.]+$/.test(word))) {
      const [step = '', ...numbers] = words;
      const [first = 0, second = 0, third = 0] = numbers.map(Number);
      // bash counts in seconds: real, user, system.
      const [value, cpu, memory] =
        subject === 'ipvsadm' ? [first * 1000, (second + third) * 1000, 0] : [first, second, third];
      runs.push({ subject, step, services, each, value, cpu, memory });
    }
  }
  return runs;
}
