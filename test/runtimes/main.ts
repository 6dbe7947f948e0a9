/**
 * `npm run test:runtimes [-- NAME...]`: packs the package, installs it in an empty project for each runtime, and tries what a new
 * user would, in memory and on Linux 6.12. Keeps what it saw in results.json, from which docs/runtimes.md has its table.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { subpaths } from '../../subpaths.ts';
import { type Bed, onEach, report } from '../bed/beds.ts';
import { execute, root } from '../package/execute.ts';
import { file, formatResults, type Outcome, type Result, readResults } from './results.ts';
import { type Runtime, runtimes } from './runtimes.ts';

const modules = subpaths.map(({ name }) => name);
const rules = '-A -t 192.0.2.10:80 -s rr\n-a -t 192.0.2.10:80 -r 192.0.2.21:8080 -m\n';

async function main(names: readonly string[]): Promise<number> {
  const chosen = runtimes.filter(({ name }) => names.length === 0 || names.includes(name));
  if (chosen.length === 0) throw new Error(`There are ${runtimes.map(({ name }) => `'${name}'`).join(', ')}.`);
  const folder = await mkdtemp(join(tmpdir(), 'ipvs-runtimes-'));
  try {
    const packed = await execute(['npm', 'pack', '--silent', '--pack-destination', folder], root);
    const tarball = join(folder, packed.trim().split('\n').at(-1) ?? '');
    const results: Result[] = [];
    const status = await onEach({ kernels: ['6.12'], uml: true, host: false }, async (bed) => {
      for (const runtime of chosen)
        results.push(await tryRuntime(runtime, join(folder, runtime.name.replace(' ', '-')), tarball, bed));
      return 0;
    });
    await keep(results);
    console.log(formatResults(results));
    const all = results.flatMap(({ steps }) => Object.values(steps));
    const passed = all.filter(({ ok }) => ok).length;
    console.log(`${passed} passed, ${all.length - passed} failed`);
    return passed < all.length ? 1 : status;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function tryRuntime(runtime: Runtime, folder: string, tarball: string, bed: Bed): Promise<Result> {
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  await execute(['npm', 'install', '--silent', runtime.package], folder);
  for (const program of ['module.mjs', 'commonjs.cjs'])
    await cp(join(import.meta.dirname, 'programs', program), join(folder, program));
  await writeFile(join(folder, 'rules'), rules);
  const [executable = '', ...words] = runtime.command;
  const command = [join(folder, executable), ...words];
  const run = (...rest: string[]) => attempt(() => execute([...command, ...rest], folder));

  const start = performance.now();
  await execute(['npm', 'install', '--silent', tarball], folder);
  const imported = await run('module.mjs', '--memory', ...modules);
  const seconds = (performance.now() - start) / 1000;
  const required = await run('commonjs.cjs', ...modules);
  const listed = await run('node_modules/ipvs/dist/cli/main.js', '-Ln', '--fake', 'rules');
  const onKernel = await attempt(() => runOn(bed, [...command, join(folder, 'module.mjs'), '--kernel'], folder));
  const table = 'tcp 192.0.2.10:80 192.0.2.21:8080 5, 192.0.2.21:8081 2\n';
  return {
    name: runtime.name,
    version: (await execute([join(folder, executable), '--version'], folder)).trim().replace(/^deno (\S+).*/s, '$1'),
    date: new Date().toISOString().slice(0, 10),
    seconds,
    steps: {
      import: expect(imported, (text) => text === table),
      require: expect(required, (text) => text === `${modules.length} modules\n`),
      command: expect(listed, (text) => /-> 192\.0\.2\.21:8080 +Masq +1 +0 +0/.test(text)),
      kernel: expect(onKernel, (text) => text === table, `Linux ${bed.release.split('-')[0]}`),
    },
  };
}

async function runOn(bed: Bed, command: string[], cwd: string): Promise<string> {
  const { status, output } = await bed.run(command, { cwd, timeout: 300 });
  if (status !== 0) throw new Error(output);
  return output;
}

function attempt(step: () => Promise<string>): Promise<string | Error> {
  return step().catch((error: Error) => error);
}

/** Whether a step said what it should. */
function expect(said: string | Error, isRight: (text: string) => boolean, where = ''): Outcome {
  if (typeof said === 'string' && isRight(said)) return { ok: true, said: where };
  const text = typeof said === 'string' ? said : said.message;
  console.error(text);
  return { ok: false, said: text.split('\n').find((line) => line.includes('rror')) ?? text.split('\n', 1).join('') };
}

/** Keeps new results in the place of those of the same runtime. */
async function keep(results: readonly Result[]): Promise<void> {
  const known = new Map([...readResults(), ...results].map((result) => [result.name, result]));
  const sorted = runtimes.flatMap(({ name }) => known.get(name) ?? []);
  await writeFile(file, `${JSON.stringify(sorted, undefined, 2)}\n`);
}

process.exitCode = await main(process.argv.slice(2)).catch(report);
