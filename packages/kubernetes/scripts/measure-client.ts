/**
 * What access to the API server costs a process before it asked for anything: time to load, and resident memory, each the median of
 * a few processes.
 *
 *   npx tsx scripts/measure-client.ts
 */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'tsup';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'node_modules/.measure-client'); // where imports of packages resolve
await build({
  entry: ['cluster-access', 'api-client'].map((name) => join(root, `src/api/${name}.ts`)),
  outDir: folder,
  format: 'esm',
  target: 'node22',
  config: false,
  silent: true,
});
const access = JSON.stringify(join(folder, 'cluster-access.js'));
const client = JSON.stringify(join(folder, 'api-client.js'));

const cases: Record<string, string> = {
  'nothing but Node': '',
  ipvs: `await import('ipvs')`,
  'and the client of this package': `await import(${client}); await import(${access})`,
  'and a kubeconfig, by @kubernetes/client-node': `
    await import(${client});
    const { kubeConfigAccess } = await import(${access});
    const { KubeConfig } = await import('@kubernetes/client-node');
    await kubeConfigAccess(() => {
      const config = new KubeConfig();
      config.loadFromClusterAndUser({ name: 'c', server: 'https://192.0.2.1' }, { name: 'u' });
      return config;
    })(false)`,
};

for (const [name, code] of Object.entries(cases)) {
  const runs: number[][] = [];
  for (let i = 0; i < 5; i++) runs.push(await measure(code));
  const [milliseconds, megabytes] = [0, 1].map(
    (column) => runs.map((run) => run[column] ?? 0).sort((a, b) => a - b)[2],
  );
  console.log(`${name.padEnd(46)} ${`${milliseconds} ms`.padStart(8)} ${`${megabytes} MB`.padStart(8)}`);
}

await rm(folder, { recursive: true });

async function measure(code: string): Promise<number[]> {
  const program = `
    const start = performance.now();
    ${code};
    const milliseconds = performance.now() - start;
    globalThis.gc();
    console.log(Math.round(milliseconds), Math.round(process.memoryUsage.rss() / 1e6));`;
  const node = ['--expose-gc', '--no-warnings', '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, node, { cwd: root });
  return stdout.trim().split(' ').map(Number);
}
