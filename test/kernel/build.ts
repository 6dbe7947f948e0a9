import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'tsup';
import { built } from '../support/built.ts';

const root = join(import.meta.dirname, '../..');

/**
 * Builds the kernel tests, their programs, the examples and the command into few files: an emulated machine takes most of a minute to
 * load the sources, and seconds for each program that a test starts.
 */
export function buildKernelTests(): Promise<void> {
  building ??= buildAll();
  return building;
}

let building: Promise<void> | undefined;

async function buildAll(): Promise<void> {
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
    clean: true,
    sourcemap: true,
    config: false,
    silent: true,
    external: ['koffi', 'vitest'],
    outExtension: () => ({ js: '.mjs' }),
    esbuildPlugins: [
      {
        name: 'places',
        // What a source finds from where it is, it finds from there when it is built as well.
        setup: ({ onLoad }) =>
          onLoad({ filter: /\/(src|test|examples)\/.*\.ts$/ }, async ({ path }) => ({
            contents: (await readFile(path, 'utf8'))
              .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
              .replaceAll('import.meta.dirname', JSON.stringify(dirname(path))),
            loader: 'ts',
          })),
      },
    ],
  });
}

function filesBelow(folder: string, pattern: RegExp): string[] {
  const paths = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return paths.filter((path) => pattern.test(path)).map((path) => join(root, folder, path));
}

function nameOf(path: string): string {
  return basename(path, '.ts');
}
