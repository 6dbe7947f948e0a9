import { readdirSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { build } from 'tsup';
import { inPlace } from '../support/in-place.ts';

const root = join(import.meta.dirname, '../..');

/**
 * Builds the kernel tests, their programs, the examples and the command into few files: an emulated machine takes most of a minute to
 * load the sources, and seconds for each program that a test starts. The folder, relative to the repository, lasts as long as this process.
 */
export function buildKernelTests(): Promise<string> {
  building ??= buildAll();
  return building;
}

let building: Promise<string> | undefined;

async function buildAll(): Promise<string> {
  await mkdir(join(root, 'build'), { recursive: true });
  const built = await mkdtemp(join(root, 'build/kernel-'));
  process.on('exit', () => rmSync(built, { recursive: true, force: true }));
  const programs = filesBelow('test', /-(process|thread)\.ts$/).map((path) => [nameOf(path), path]);
  const examples = filesBelow('examples', /\.ts$/).map((path) => [`examples/${nameOf(path)}`, path]);
  await build({
    entry: {
      'kernel.test': join(root, 'test/kernel/kernel.test.ts'),
      ipvs: join(root, 'src/cli/main.ts'),
      ...Object.fromEntries([...programs, ...examples]),
    },
    format: 'esm',
    target: 'node20',
    outDir: built,
    sourcemap: true,
    config: false,
    silent: true,
    external: ['koffi', 'vitest'],
    outExtension: () => ({ js: '.mjs' }),
    esbuildPlugins: [inPlace(/\/(src|test|examples)\/.*\.ts$/)],
  });
  return relative(root, built);
}

function filesBelow(folder: string, pattern: RegExp): string[] {
  const paths = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return paths.filter((path) => pattern.test(path)).map((path) => join(root, folder, path));
}

function nameOf(path: string): string {
  return basename(path, '.ts');
}
