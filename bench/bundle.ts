import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'tsup';
import { root } from '../test/bed/vitest.ts';

/** Builds programs of bench/guest as users run them, and in few files, since the guest reads files slowly. */
export async function bundle(names: readonly string[], outDir: string): Promise<void> {
  await build({
    entry: names.map((name) => join(root, `bench/guest/${name}.ts`)),
    format: 'esm',
    target: 'node20',
    outDir,
    config: false,
    silent: true,
    dts: false,
    noExternal: ['ipvs', 'ipvs/rules'],
    external: ['koffi', 'debug', 'buffer-layout'],
    outExtension: () => ({ js: '.mjs' }),
  });
  await symlink(join(root, 'node_modules'), join(outDir, 'node_modules'));
}
