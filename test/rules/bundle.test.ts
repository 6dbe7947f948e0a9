import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

test('a bundle of parseRules is small and holds no codec, no socket and nothing native', async () => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: "export { parseRules } from './src/rules/index.ts';", resolveDir: root },
    absWorkingDir: root,
    outfile: 'rules.js',
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    write: false,
    metafile: true,
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  expect(inputs).toContain('src/rules/parse/parse-rules.ts');
  expect(inputs.filter((path) => path.startsWith('node_modules/'))).toEqual(['node_modules/leven/index.js']);
  expect(
    inputs.filter((path) => /^src\/(linux\/(?!address\.ts)|testing|cli|netlink\/(?!codec\/numbered))/.test(path)),
  ).toEqual([]);
  expect(outputFiles[0]?.contents.length).toBeLessThan(25_000);
});
