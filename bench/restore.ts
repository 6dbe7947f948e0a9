import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bed } from '../test/bed/beds.ts';
import { root } from '../test/bed/vitest.ts';
import { bundle, copyScripts } from './bundle.ts';
import { type Figure, median } from './figures.ts';
import { rules } from './rules.ts';

const TIME_LIMIT = 1800;
const IPVSADM = 'ipvsadm -R';
const NOTHING = 'ipvs -R of an empty file';
/** A process that runs already has compiled what it runs by then. */
const LAST = 5;

/**
 * A rules file restored by ipvsadm and by the command `ipvs`, each as a process from start to end, and through the public
 * API: see bench/guest/restore.sh. What the command takes for an empty file is the start of Node and of the package.
 * Each must have restored all that it was given.
 */
export async function compareRestores(bed: Bed, services: number, each: number, rounds: number): Promise<Figure[]> {
  // The command as it is installed: to transpile it anew would take longer than it runs.
  execFileSync('npx', ['tsup', '--silent'], { cwd: root, stdio: 'inherit' });
  const out = await mkdtemp(join(tmpdir(), 'ipvs-restore-'));
  try {
    await writeFile(join(out, 'rules'), rules(services, each));
    await bundle(['restore'], out);
    await copyScripts(out);
    const command = `bash "$IPVS_OUT"/restore.sh "$PWD"/dist/cli/main.js ${rounds}`;
    const { status, output } = await bed.run(['sh', '-c', command], { out, cwd: root, timeout: TIME_LIMIT });
    if (status !== 0) throw new Error(`the benchmark failed:\n${output}`);
    return figuresOf(output, services * (each + 1));
  } finally {
    await rm(out, { recursive: true });
  }
}

/** The medians; the ratio says how many times faster than ipvsadm. */
function figuresOf(output: string, lines: number): Figure[] {
  const times = new Map<string, number[]>();
  let subject = '';
  for (const line of output.split('\n')) {
    if (line.startsWith('# ')) subject = line.slice(2).trim();
    const [, time, count] = /^(\d+) (\d+)\s*$/.exec(line) ?? [];
    if (time === undefined) continue;
    const given = subject === NOTHING ? 0 : lines;
    if (Number(count) !== given) throw new Error(`${subject}: ${count} lines were restored of ${given}`);
    times.set(subject, [...(times.get(subject) ?? []), Number(time)]);
  }
  const values = [...times].map(([name, all]) => ({ name, value: median(all.slice(-LAST)) }));
  const slow = values.find(({ name }) => name === IPVSADM)?.value ?? Number.NaN;
  return values.map(({ name, value }) => ({ name, value, unit: 'ms', ratio: slow / value }));
}
