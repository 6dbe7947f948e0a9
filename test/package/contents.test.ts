import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'tsup';
import { expect, inject, test } from 'vitest';
import { subpaths } from '../../subpaths.ts';
import { execute, root } from './execute.ts';

const { tarball, files, project } = inject('installed');
const installed = join(project, 'node_modules/ipvs');

test('publint has nothing to say', async () => {
  expect(await execute(['npx', 'publint', 'run', tarball, '--strict'], root)).toContain('All good!');
});

test('are-the-types-wrong has nothing to say', async () => {
  // Its other profiles are for Node versions that cannot require an ES module.
  const printed = await execute(['npx', 'attw', tarball, '--profile', 'esm-only', '--no-emoji'], root);
  expect(printed).toContain('"ipvs/rules"');
});

test('the tarball holds the build, the documents, the examples and nothing else', () => {
  const expected = [
    /^(package\.json|schema\.json|LICENSE|README\.md|CHANGELOG\.md|CONTRIBUTING\.md)$/,
    /^dist\/([\w-]+\/)*[\w-]+\.(js|js\.map|d\.ts)$/,
    /^dist\/cli\/NOTICE$/, // the licences of what is bundled there
    /^docs\/[\w-]+\.(md|svg|8)$/,
    /^examples\/([\w-]+\/)?[\w.-]+\.(ts|cjs|mjs|sh|yaml|md)$/,
  ];
  expect(files.filter((file) => !expected.some((pattern) => pattern.test(file)))).toEqual([]);
  for (const { path } of subpaths) expect(files).toContain(`dist/${path}.d.ts`);
});

test('every class has the name that it is exported under', async () => {
  const program = `
    const wrong = [];
    for (const subpath of ${JSON.stringify(subpaths.map(({ name }) => name))})
      for (const [name, value] of Object.entries(await import(subpath)))
        if (/^class\\b/.test(String(value)) && value.name !== name) wrong.push([name, value.name]);
    const { Ipvs, InputError } = await import('ipvs');
    const { FakeKernel } = await import('ipvs/testing');
    const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
    const error = await ipvs.addService({ fwmark: -1, scheduler: 'rr' }).catch((error) => error);
    console.log(JSON.stringify({ wrong, ipvs: ipvs.constructor.name, error: error.stack.split(':')[0] }));`;
  expect(JSON.parse(await execute(['node', '--input-type=module', '--eval', program], project))).toEqual({
    wrong: [],
    ipvs: 'Ipvs',
    error: 'InputError',
  });
});

test('a bundle of parseRules holds nothing of netlink', async () => {
  const entry = join(project, 'rules.js');
  await writeFile(entry, "export { parseRules } from 'ipvs/rules';\n");
  const outDir = join(project, 'bundle');
  await build({ entry: [entry], outDir, format: 'esm', minify: true, noExternal: [/./], config: false, silent: true });
  const bundle = await readFile(join(outDir, 'rules.js'), 'utf8');
  expect(bundle).not.toMatch(/koffi|Blob/); // Blob is a class of buffer-layout
  expect(bundle.length).toBeLessThan(40_000);
});

test('the command works on a rules file, and exits with a status and a message when refused', async () => {
  const ipvs = (...args: string[]) => ['npx', 'ipvs', ...args, '--fake', 'rules'];
  await execute(ipvs('-R'), project, '-A -t 192.0.2.10:80 -s rr\n');
  expect(await execute(ipvs('-Sn'), project)).toBe('-A -t 192.0.2.10:80 -s rr\n');
  await expect(execute(ipvs('-D', '-f', '1'), project)).rejects.toThrow(
    'ipvs: Cannot remove service fwmark 1: no such service',
  );
});

test('the types of the manifest are those of its main export', async () => {
  const { types, exports } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  expect(types).toBe(exports['.'].types);
});
