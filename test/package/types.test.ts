import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { execute } from './execute.ts';
import { compilers } from './install.ts';

const { project, withNode } = inject('installed');
const consumers = join(import.meta.dirname, 'consumers');

/** The two ways of resolving modules that current projects use, each with the programs that it can compile. */
const resolutions = {
  nodenext: { module: 'nodenext', programs: ['module.mts', 'commonjs.cts'] },
  bundler: { module: 'esnext', programs: ['module.mts'] },
} as const;

describe.each(compilers)('TypeScript %s', (version) => {
  const tsc = join(project, `node_modules/typescript-${version}/bin/tsc`);

  describe.each([
    ['without @types/node', project, []],
    ['with @types/node', withNode, ['node']],
  ])('%s', (_, folder, types) => {
    test.each(['nodenext', 'bundler'] as const)('compiles strictly with module resolution %s', async (resolution) => {
      const { module, programs } = resolutions[resolution];
      const here = join(folder, `${version}-${resolution}`);
      await mkdir(here);
      for (const program of programs) await copyFile(join(consumers, program), join(here, program));
      const compilerOptions = {
        target: 'es2022',
        lib: ['es2022', 'esnext.disposable'],
        module,
        moduleResolution: resolution,
        types,
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
      };
      await writeFile(join(here, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: programs }));

      await execute(['node', tsc, '--project', here], here);

      // What was compiled runs: module.mjs by import, commonjs.cjs by require.
      for (const program of programs) await execute(['node', program.replace(/ts$/, 'js')], here);
    });
  });

  test('is the one that was asked for', async () => {
    expect(await execute(['node', tsc, '--version'], project)).toMatch(`Version ${version}.`);
  });
});
