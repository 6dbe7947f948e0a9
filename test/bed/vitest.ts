import { existsSync, realpathSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildKernelTests } from '../kernel/build.ts';
import type { Bed } from './beds.ts';
import type { RunOptions } from './process.ts';

/** The repository; vitest finds its configuration there, in every bed. */
export const root = join(import.meta.dirname, '../..');

/** Vitest without npx and npm: starting processes is what an emulated machine is slowest at. */
export function vitestCommand(...args: string[]): string[] {
  return ['node', VITEST, 'run', ...args];
}

const VITEST = 'node_modules/vitest/vitest.mjs';

/** A package of the repository runs on a Node of its own if it brings one. */
function nodeOf(folder: string): string {
  const own = join(folder, 'node_modules/.bin/node');
  return existsSync(own) ? realpathSync(own) : 'node';
}

export type Score = { passed: number; failed: number };

/**
 * Runs the vitest project "kernel" in a bed and counts.
 * @param keep takes the folder with the conversations that were recorded, if they are wanted
 */
export async function testOn(
  bed: Bed,
  more: string[],
  {
    package: folder = '.',
    node,
    ...options
  }: Pick<RunOptions, 'timeout' | 'onOutput'> & { package?: string; node?: string },
  keep?: (out: string) => Promise<void>,
): Promise<Score> {
  const built = folder === '.' ? { IPVS_BUILT: await buildKernelTests() } : {};
  const out = await mkdtemp(join(tmpdir(), 'ipvs-results-'));
  try {
    const results = join(out, 'results.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
    const cwd = join(root, folder);
    const [, ...words] = vitestCommand('--project', 'kernel', ...reporters, ...more);
    const { status } = await bed.run([node ?? nodeOf(cwd), ...words], {
      ...options,
      out,
      cwd,
      env: { CI: 'true', IPVS_BED: bed.name, ...built, ...passedOn(), ...(keep && { IPVS_RECORD: '1' }) }, // CI: vitest writes no snapshots
    });
    await keep?.(out);
    return await readScore(results, status);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** What vitest counted; a run that ended badly or tested nothing has failed even if no test did. */
export async function readScore(results: string, status: number): Promise<Score> {
  const text = await readFile(results, 'utf8').catch(() => '{}');
  const { numPassedTests: passed = 0, numFailedTests: failed = 0 } = JSON.parse(text);
  const wrong = status !== 0 || passed + failed === 0;
  if (wrong && failed === 0) console.error(`vitest ended with status ${status} after ${passed} tests`);
  return { passed, failed: wrong ? Math.max(failed, 1) : failed };
}

/** What a run by hand may ask of the tests. */
function passedOn(): Record<string, string> {
  const names = ['IPVS_CHURN', 'IPVS_COMMANDS', 'IPVS_RATE', 'IPVS_TRAFFIC'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name] as string]] : [])));
}
