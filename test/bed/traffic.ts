import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Seen } from '../kernel/traffic/seen.ts';
import { type Choice, parseChoice } from './arguments.ts';
import { onEach, report } from './beds.ts';
import { root, testOn } from './vitest.ts';

/** What was seen, one kernel after the other; `docs/traffic.md` has its tables. */
const kept = join(root, 'test/kernel/traffic/seen.json');

/**
 * `[IPVS_TRAFFIC=all] npm run traffic [-- --kernel 6.12]... [-- --uml]`: traffic by every way, and with every scheduler, of
 * which the variable names those to see by every way too; what was seen replaces what the same kernel had seen of the same
 * scheduler and way.
 */
async function main({ kernels, architecture, uml, timeout = 1500 }: Choice): Promise<number> {
  return onEach({ kernels, architecture, uml, host: false }, async (bed) => {
    const onOutput = (chunk: string) => process.stdout.write(chunk);
    const keep = async (out: string) => merge(JSON.parse(await readFile(join(out, 'traffic/seen.json'), 'utf8')));
    const { failed } = await testOn(bed, ['-t', 'by every way'], { timeout, onOutput }, keep);
    return failed > 0 ? 1 : 0;
  });
}

async function merge(seen: Seen): Promise<void> {
  const all: Seen[] = JSON.parse(await readFile(kept, 'utf8').catch(() => '[]'));
  const before = all.find(({ release }) => release === seen.release)?.answers ?? {};
  const answers = { ...before };
  for (const [scheduler, rows] of Object.entries(seen.answers)) answers[scheduler] = { ...before[scheduler], ...rows };
  const merged = [...all.filter(({ release }) => release !== seen.release), { release: seen.release, answers }];
  await writeFile(kept, format(merged.sort((a, b) => byNumbers(a.release, b.release))));
}

const byNumbers = new Intl.Collator('en', { numeric: true }).compare;

/** A line for each scheduler and way: legible, and short differences. */
function format(all: readonly Seen[]): string {
  return `${JSON.stringify(all, undefined, 1).replaceAll(/\n(?: {5,}| {4}(?=\}))/g, ' ')}\n`;
}

process.exitCode = await Promise.resolve(process.argv.slice(2)).then(parseChoice).then(main).catch(report);
