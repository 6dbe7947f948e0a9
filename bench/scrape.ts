import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bed } from '../test/bed/beds.ts';
import { root } from '../test/bed/vitest.ts';
import { bundle } from './bundle.ts';
import { median } from './figures.ts';
import type { Shape } from './guest/table.ts';

const TIME_LIMIT = 1800;
/** MiB: of 10,000 x 10, node_exporter alone holds hundreds while it answers. */
const MEMORY = 8192;

/** One scrape, as bench/guest/scrape.ts measures it. */
export interface Scrape {
  readonly name: string;
  /** Processor time of the exporter. */
  readonly milliseconds: number;
  readonly bytes: number;
  readonly samples: number;
  /** Memory of the exporter after it, in MiB, and the most that it ever had. */
  readonly resident: number;
  readonly peak: number;
}

/** What one exporter took: medians of all rounds, and the ratios to node_exporter in the same round. */
export interface ScrapeFigure extends Scrape {
  readonly ratio: number;
  readonly lowestRatio: number;
  readonly highestRatio: number;
  readonly residentRatio: number;
  readonly peakRatio: number;
}

/** A table scraped by node_exporter's collector and by `ipvs exporter`, on one kernel in turns: see bench/guest/scrape.ts. */
export async function compareScrapes(bed: Bed, { services, each }: Shape, rounds: number): Promise<ScrapeFigure[]> {
  // The command as it is installed.
  execFileSync('npx', ['tsup', '--silent'], { cwd: root, stdio: 'inherit' });
  const out = await mkdtemp(join(tmpdir(), 'ipvs-scrape-'));
  try {
    await bundle(['scrape'], out);
    const inside = 'ip link set lo up; exec node "$IPVS_OUT"/scrape.mjs "$PWD"/dist/cli/main.js';
    const command = `unshare -n sh -c '${inside} ${services} ${each} ${rounds}'`;
    const { status, output } = await bed.run(['sh', '-c', command], {
      out,
      cwd: root,
      timeout: TIME_LIMIT,
      memory: MEMORY,
    });
    if (status !== 0) throw new Error(`the benchmark failed:\n${output}`);
    return figuresOf(output);
  } finally {
    await rm(out, { recursive: true });
  }
}

function figuresOf(output: string): ScrapeFigure[] {
  const scrapes = [...output.matchAll(/^\{.*\}/gm)].map(([line]): Scrape => JSON.parse(line));
  const of = (name: string) => scrapes.filter((scrape) => scrape.name === name);
  const theirs = of(scrapes[0]?.name ?? '');
  return [...new Set(scrapes.map(({ name }) => name))].map((name) => {
    const own = of(name);
    const middle = (field: Exclude<keyof Scrape, 'name'>) => median(own.map((scrape) => scrape[field]));
    const ratios = (field: Exclude<keyof Scrape, 'name'>) =>
      own.map((scrape, round) => scrape[field] / (theirs[round]?.[field] ?? Number.NaN));
    const times = ratios('milliseconds');
    return {
      name,
      milliseconds: middle('milliseconds'),
      bytes: middle('bytes'),
      samples: middle('samples'),
      resident: middle('resident'),
      peak: middle('peak'),
      ratio: median(times),
      lowestRatio: Math.min(...times),
      highestRatio: Math.max(...times),
      residentRatio: median(ratios('resident')),
      peakRatio: median(ratios('peak')),
    };
  });
}
