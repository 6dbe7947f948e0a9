import { copyFile, readdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'tsup';
import { root } from '../test/bed/vitest.ts';

const guest = join(root, 'bench/guest');

/**
 * Builds programs of bench/guest as users run them: built, and in few files, since the guest reads files slowly.
 * @param names their paths below bench/guest, without an extension
 * @param sources the tree whose package they import
 */
export async function bundle(names: readonly string[], outDir: string, sources = root): Promise<void> {
  await build({
    entry: Object.fromEntries(names.map((name) => [basename(name), join(guest, `${name}.ts`)])),
    format: 'esm',
    target: 'node20',
    outDir,
    config: false,
    silent: true,
    dts: false,
    noExternal: [/^ipvs/],
    external: ['koffi', 'debug', 'buffer-layout'],
    outExtension: () => ({ js: '.mjs' }),
    esbuildOptions(options) {
      options.alias = {
        'ipvs/rules': join(sources, 'src/rules/index.ts'),
        'ipvs/reconcile': join(sources, 'src/reconcile/index.ts'),
        'ipvs/netlink': join(root, 'src/netlink/index.ts'), // what the programs themselves are made with
        ipvs: join(sources, 'src/ipvs/index.ts'),
      };
    },
  });
  await symlink(join(root, 'node_modules'), join(outDir, 'node_modules'));
}

/** Copies the shell scripts of bench/guest into a folder. */
export async function copyScripts(folder: string): Promise<void> {
  for (const file of await readdir(guest))
    if (file.endsWith('.sh')) await copyFile(join(guest, file), join(folder, file));
}
