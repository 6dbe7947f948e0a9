import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'tsup';
import { root } from '../bed/vitest.ts';

/** Builds the guest's programs into a folder where they find the package as it is built in its folder `dist`. */
export async function buildGuest(out: string, folder = root): Promise<void> {
  await build({
    entry: ['main', 'controller'].map((name) => join(import.meta.dirname, `guest/${name}.ts`)),
    format: 'esm',
    target: 'node20',
    outDir: out,
    config: false,
    silent: true,
    external: ['koffi'],
    noExternal: ['fast-check'],
    outExtension: () => ({ js: '.mjs' }),
    esbuildPlugins: [
      {
        name: 'package-as-built',
        setup: ({ onResolve }) =>
          onResolve({ filter: /\/src\/\w+\/index\.ts$/ }, ({ path }) => {
            const [, subpath] = /\/src\/(\w+)\/index\.ts$/.exec(path) ?? [];
            return { path: join(folder, 'dist', `${subpath}.js`), external: true };
          }),
      },
    ],
  });
  await symlink(join(root, 'node_modules'), join(out, 'node_modules'));
}
