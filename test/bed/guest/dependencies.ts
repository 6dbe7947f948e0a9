import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Architecture } from '../architectures.ts';
import { buildFolder, cacheFolder } from '../cache.ts';
import { run } from '../commands.ts';

/** The `node_modules` of a package on another architecture, kept until its package-lock.json changes. */
export async function getDependencies(packageFolder: string, { name, node }: Architecture): Promise<string> {
  const lock = await readFile(join(packageFolder, 'package-lock.json'));
  const digest = createHash('sha256').update(lock).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), `dependencies-${name}-${digest}`);
  if (!existsSync(folder)) {
    console.error(`Fetching dependencies for ${name} into ${folder}`);
    await buildFolder(folder, async (cwd) => {
      for (const file of ['package.json', 'package-lock.json'])
        await copyFile(join(packageFolder, file), join(cwd, file));
      const platform = [`--cpu=${node}`, '--os=linux', '--libc=glibc'];
      await run('npm', ['ci', ...platform, '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd });
    });
  }
  return join(folder, 'node_modules');
}
