import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { subpaths } from '../../subpaths.ts';

const root = join(import.meta.dirname, '../..');
const sources = subpaths.map(({ source }) => source);

test('the subpaths include the package itself', () => {
  expect(subpaths[0]).toEqual({ name: 'ipvs', path: 'ipvs', source: join(root, 'src/ipvs/index.ts') });
});

test.each(subpaths)('tsconfig.json leads from $name to its source', ({ name, source }) => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['subpaths.ts'] }, ts.sys, root);
  const { resolvedModule } = ts.resolveModuleName(name, join(root, 'examples/quickstart.ts'), options, ts.sys);
  expect(resolvedModule?.resolvedFileName).toBe(source);
});

test('typedoc documents every subpath and nothing else', () => {
  const { entryPoints }: { entryPoints: string[] } = JSON.parse(readFileSync(join(root, 'typedoc.json'), 'utf8'));
  const patterns = entryPoints.map((pattern) => new RegExp(`^${pattern.replaceAll('*', '[^/]+')}$`));
  const documented = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((path) => `src/${path}`)
    .filter((path) => patterns.some((pattern) => pattern.test(path)));
  expect(documented.map((path) => join(root, path)).sort()).toEqual(sources.toSorted());
});

test.each(subpaths)('the API pages name $name as it is imported', ({ name, source }) => {
  expect(readFileSync(source, 'utf8')).toContain(` * @module ${name}\n`);
});
