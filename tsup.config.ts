import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'tsup';

const node = { format: 'esm', target: 'node20' } as const;

export default defineConfig([
  {
    ...node,
    entry: {
      ipvs: 'src/ipvs/index.ts',
      rules: 'src/rules/index.ts',
      netlink: 'src/netlink/index.ts',
      testing: 'src/testing/index.ts',
    },
    sourcemap: true,
    clean: ['!cli/**'], // what was built before, but for the other build's
    // tsup sets `baseUrl` itself, which TypeScript 6 deprecates.
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  },
  {
    ...node,
    entry: { main: 'src/cli/main.ts' },
    outDir: 'dist/cli',
    clean: true,
    // The command in few files starts in half the time: looking for modules is most of what it would do. What a plain
    // listing does not need, each subcommand above all, has files of its own.
    noExternal: ['debug', 'buffer-layout', 'fastest-levenshtein'],
    splitting: true,
    // What is bundled of CommonJS asks for Node's modules this way.
    banner: {
      js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);",
    },
    async onSuccess() {
      writeFileSync('dist/cli/NOTICE', ['debug', 'ms', 'buffer-layout', 'fastest-levenshtein'].map(notice).join('\n'));
    },
  },
]);

/** The licence of a package goes where its code goes. */
function notice(name: string): string {
  const folder = join(import.meta.dirname, 'node_modules', name);
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (!file) throw new Error(`${name} has no licence`);
  return `${name}\n\n${readFileSync(join(folder, file), 'utf8')}`;
}
