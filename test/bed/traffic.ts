import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Choice, parseChoice } from './arguments.ts';
import { onEach, report } from './beds.ts';
import { root, testOn } from './vitest.ts';

/** What was seen, one kernel after the other; `docs/traffic.md` has its tables. */
const kept = join(root, 'test/kernel/traffic/seen.json');

/**
 * `[IPVS_TRAFFIC=all] npm run traffic [-- --kernel 6.12]... [-- --uml]`: traffic by every way, and with every scheduler, of
 * which the variable names those to see by every way too; what was seen replaces what the same kernel had seen before.
 */
async function main({ kernels, uml, timeout = 1500 }: Choice): Promise<number> {
  return onEach({ kernels, uml, host: false }, async (bed) => {
    const onOutput = (chunk: string) => process.stdout.write(chunk);
    const keep = async (out: string) => merge(JSON.parse(await readFile(join(out, 'traffic/seen.json'), 'utf8')));
    const { failed } = await testOn(bed, ['-t', 'by every way'], { timeout, onOutput }, keep);
    return failed > 0 ? 1 : 0;
  });
}

async function merge(seen: { release: string }): Promise<void> {
  const others = (JSON.parse(await readFile(kept, 'utf8').catch(() => '[]')) as (typeof seen)[]).filter(
    ({ release }) => release !== seen.release,
  );
  const all = [...others, seen].sort((a, b) =>
    new Intl.Collator('en', { numeric: true }).compare(a.release, b.release),
  );
  await writeFile(kept, format(all));
}

/** A line for each scheduler and way: legible, and short differences. */
function format(all: readonly unknown[]): string {
  return `${JSON.stringify(all, undefined, 1).replaceAll(/\n {4,}/g, ' ')}\n`;
}

process.exitCode = await Promise.resolve(process.argv.slice(2)).then(parseChoice).then(main).catch(report);
