import { copyFile, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'tsup';
import { root } from '../test/bed/vitest.ts';

const guest = join(root, 'bench/guest');

/**
 * Puts the scripts of bench/guest into a folder, and programs as users run them: built, and in few files, since the guest
 * reads files slowly.
 */
export async function bundle(names: readonly string[], outDir: string): Promise<void> {
  await build({
    entry: names.map((name) => join(guest, `${name}.ts`)),
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
  for (const file of await readdir(guest))
    if (file.endsWith('.sh')) await copyFile(join(guest, file), join(outDir, file));
  await symlink(join(root, 'node_modules'), join(outDir, 'node_modules'));
}
