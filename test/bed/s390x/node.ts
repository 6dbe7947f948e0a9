import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'tsup';
import { inPlace } from '../../support/in-place.ts';
import { run } from '../commands.ts';
import { follow } from '../process.ts';
import { root, type Score } from '../vitest.ts';
import { getPrograms } from './debian.ts';

const program = join(root, 'test/s390x/node/main.ts');
const substitute = join(root, 'test/s390x/node/vitest.ts');

/** Seconds. */
const LIMIT = 1800;

/** Runs what does without system calls of its own in Debian's Node for s390x, on the package as it is built. */
export async function testInNode(onOutput: (chunk: string) => void): Promise<Score> {
  const files = await getPrograms(['nodejs']);
  const folder = await mkdtemp(join(tmpdir(), 'ipvs-s390x-node-'));
  try {
    await run('npm', ['run', 'build'], { cwd: root });
    await bundle(folder);
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    const words = ['-L', files, join(files, 'usr/bin/node'), join(folder, 'main.mjs')];
    const { output, status } = await follow('qemu-s390x-static', words, process.env, {
      timeout: LIMIT,
      cwd: root,
      onOutput,
    });
    const [, passed = 0, failed = 0] = /^(\d+) passed, (\d+) failed$/m.exec(output) ?? [];
    return { passed: Number(passed), failed: status === 0 ? Number(failed) : Math.max(Number(failed), 1) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

export async function bundle(outDir: string): Promise<void> {
  await build({
    entry: [program],
    format: 'esm',
    target: 'node20',
    outDir,
    config: false,
    silent: true,
    external: ['koffi'],
    outExtension: () => ({ js: '.mjs' }),
    esbuildPlugins: [
      inPlace(/\/test\/.*\.ts$/), // tests find their recordings
      {
        name: 'tests-of-the-package-as-built',
        setup({ onResolve }) {
          onResolve({ filter: /\/src\/\w+\/index\.ts$/ }, ({ path }) => {
            const [, subpath] = /\/src\/(\w+)\/index\.ts$/.exec(path) ?? [];
            return { path: join(root, 'dist', `${subpath}.js`), external: true };
          });
          // What tests reach past the package's entry points is in the bundle; errors must be of the same classes in both.
          onResolve({ filter: /\b(ipvs|kernel|library|input|system|transport|wire)-error\.ts$/ }, () => ({
            path: join(root, 'dist/ipvs.js'),
            external: true,
          }));
          onResolve({ filter: /^vitest$/ }, ({ importer }) =>
            importer === substitute ? { path: 'vitest', external: true } : { path: substitute },
          );
          // The package says of itself that its modules have no effects, which is true of all but these.
          onResolve({ filter: /\.test\.ts$/ }, ({ path, resolveDir }) => ({
            path: join(resolveDir, path),
            sideEffects: true,
          }));
        },
      },
    ],
  });
}
