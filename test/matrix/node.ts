import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFolder, cacheFolder } from '../bed/cache.ts';
import { run } from '../bed/commands.ts';

/** The newest Node of a line, from the cache; the first time, from npm, which has a package for each processor. */
export async function getNode(line: string, architecture: string = process.arch): Promise<string> {
  const name = `node-linux-${architecture}`;
  const folder = join(cacheFolder(), `${name}-${line}`);
  if (!existsSync(folder))
    await buildFolder(folder, async (draft) => {
      await run('npm', ['pack', '--silent', '--pack-destination', draft, `${name}@${line}`], {});
      await run('sh', ['-c', 'tar --extract --gzip --file *.tgz'], { cwd: draft });
      await mkdir(join(draft, 'bin'));
      await rename(join(draft, 'package/bin/node'), join(draft, 'bin/node'));
      await rm(join(draft, 'package'), { recursive: true });
    });
  return join(folder, 'bin/node');
}
