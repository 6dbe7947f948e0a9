import { copyFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bed } from '../test/bed/beds.ts';
import { root } from '../test/bed/vitest.ts';
import { compile } from './compile.ts';
import { type Figure, median } from './figures.ts';

const SITTINGS = 3;
const TIME_LIMIT = 1800;

/**
 * A table created, listed, patched and deleted by the barest C and by this package, in one boot, each time in a fresh
 * network namespace: destinations deleted a moment ago would slow down those added after them.
 */
export async function compareTables(bed: Bed, services: number, each: number): Promise<Record<string, Figure[]>> {
  const out = await mkdtemp(join(tmpdir(), 'ipvs-bench-'));
  try {
    copyFileSync(compile('table'), join(out, 'table'));
    const subjects = {
      'C, 64 requests at a time': `"$IPVS_OUT"/table ${services} ${each} 64`,
      'C, one request at a time': `"$IPVS_OUT"/table ${services} ${each} 1`,
      'this package': `node --import tsx bench/table.ts ${services} ${each}`,
    };
    const script = Object.entries(subjects).map(([name, command]) => `echo '# ${name}'; fresh ${command} || exit`);
    const fresh = `fresh() { unshare -n sh -c 'ip link set lo up; exec "$@"' sh "$@"; }`;
    const sittings = Array.from({ length: SITTINGS }, () => script).flat();
    const command = ['sh', '-c', [fresh, ...sittings].join('\n')];
    const { status, output } = await bed.run(command, { out, cwd: root, timeout: TIME_LIMIT });
    if (status !== 0) throw new Error(`the benchmark failed:\n${output}`);
    return figuresOf(output, Object.keys(subjects));
  } finally {
    await rm(out, { recursive: true });
  }
}

/** The medians of every step, against the first subject's. */
function figuresOf(output: string, subjects: readonly string[]): Record<string, Figure[]> {
  const times = new Map<string, Map<string, number[]>>();
  let subject = '';
  for (const line of output.split('\n')) {
    if (line.startsWith('# ')) subject = line.slice(2);
    const [, step = '', wall] = /^(\w+) ([\d.]+) [\d.]+$/.exec(line) ?? [];
    if (wall === undefined) continue;
    const ofStep = times.get(step) ?? new Map<string, number[]>();
    times.set(step, ofStep.set(subject, [...(ofStep.get(subject) ?? []), Number(wall)]));
  }
  return Object.fromEntries(
    [...times].map(([step, bySubject]) => {
      const values = subjects.map((name) => ({ name, value: median(bySubject.get(name) ?? []) }));
      const floor = values[0]?.value ?? Number.NaN;
      return [step, values.map(({ name, value }) => ({ name, value, unit: 'ms', ratio: value / floor }))];
    }),
  );
}
