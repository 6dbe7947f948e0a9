import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bed } from '../test/bed/beds.ts';
import { root } from '../test/bed/vitest.ts';
import { type Figure, median } from './figures.ts';
import { rules } from './rules.ts';

const SITTINGS = 3;
const TIME_LIMIT = 1800;

/**
 * A rules file restored by ipvsadm and by the command `ipvs`, each as a process from start to end, in one boot and each
 * time in a fresh network namespace. Both must have restored all of it.
 */
export async function compareRestores(bed: Bed, services: number, each: number): Promise<Figure[]> {
  // The command as it is installed: to transpile it anew would take longer than it runs.
  execFileSync('npx', ['tsup', '--silent'], { cwd: root, stdio: 'inherit' });
  const out = await mkdtemp(join(tmpdir(), 'ipvs-restore-'));
  try {
    await writeFile(join(out, 'rules'), rules(services, each));
    const subjects = { 'ipvsadm -R': 'ipvsadm -R', 'ipvs -R': 'node dist/cli.js -R' };
    const sitting = Object.values(subjects).map((command) => `restore '${command}' || exit\n`);
    const script = functions + Array.from({ length: SITTINGS }, () => sitting.join('')).join('');
    const { status, output } = await bed.run(['bash', '-c', script], { out, cwd: root, timeout: TIME_LIMIT });
    if (status !== 0) throw new Error(`the benchmark failed:\n${output}`);
    const lines = services * (each + 1);
    return figuresOf(output, Object.keys(subjects), lines);
  } finally {
    await rm(out, { recursive: true });
  }
}

/** Prints the milliseconds of a restore, and how many lines there are afterwards. */
const functions = `
restore() { unshare -n bash -c '
  ip link set lo up
  start=$(date +%s%N)
  $0 < "$IPVS_OUT"/rules || exit
  end=$(date +%s%N)
  echo "restored $(( (end - start) / 1000000 )) $(ipvsadm -Sn | wc -l)"' "$1"
}
`;

/** The medians, against that of ours. */
function figuresOf(output: string, subjects: readonly string[], lines: number): Figure[] {
  const times = [...output.matchAll(/^restored (\d+) (\d+)/gm)].map(([, time, count]) => {
    if (Number(count) !== lines) throw new Error(`${count} lines were restored of ${lines}`);
    return Number(time);
  });
  const medians = subjects.map((_, i) => median(times.filter((_, j) => j % subjects.length === i)));
  const ours = medians.at(-1) ?? Number.NaN;
  return subjects.map((name, i) => {
    const value = medians[i] ?? Number.NaN;
    return { name, value, unit: 'ms', ratio: value / ours };
  });
}
