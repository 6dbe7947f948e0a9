import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Options } from 'tsup';
import { subpaths } from './subpaths.ts';

const node: Options = {
  format: 'esm',
  target: 'node20',
  plugins: [{ name: 'class-names', renderChunk: keepClassNames }],
};

export default defineConfig([
  {
    ...node,
    entry: Object.fromEntries(subpaths.map(({ path, source }) => [path, source])),
    sourcemap: true,
    clean: ['!cli/**'], // what was built before, except by the other build
    // tsup sets `baseUrl` itself, which TypeScript 6 deprecates.
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  },
  {
    ...node,
    entry: { main: 'src/cli/main.ts' },
    outDir: 'dist/cli',
    clean: true,
    // In few files the command starts in half the time, most of which went into finding modules. What a plain listing
    // does not need, each subcommand above all, has files of its own.
    noExternal: ['debug', 'buffer-layout', 'yaml'],
    splitting: true,
    // Bundled CommonJS modules require Node's own this way.
    banner: {
      js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);",
    },
    async onSuccess() {
      writeFileSync('dist/cli/NOTICE', ['debug', 'ms', 'buffer-layout', 'yaml'].map(notice).join('\n'));
    },
  },
]);

/**
 * Undoes `var Ipvs = class _Ipvs`, by which esbuild names a class that refers to itself: instances and stacks would show the
 * underscore. Its `keepNames` would define the name of every closure anew each time that one is made.
 */
function keepClassNames(code: string): { code: string } {
  const renamed = [...code.matchAll(/\b(\w+) = class _\1\b/g)].map(([, name]) => name);
  return { code: code.replace(/\b_(\w+)\b/g, (word, name) => (renamed.includes(name) ? name : word)) };
}

/** The licence of a bundled package, as a comment. */
function notice(name: string): string {
  const folder = join(import.meta.dirname, 'node_modules', name);
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (!file) throw new Error(`${name} has no licence`);
  return `${name}\n\n${readFileSync(join(folder, file), 'utf8')}`;
}
