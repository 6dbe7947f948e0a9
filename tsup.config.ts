import { readdirSync, readFileSync } from 'node:fs';
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
    clean: ['!cli.*'], // what was built before, but for the other build's
    // tsup sets `baseUrl` itself, which TypeScript 6 deprecates.
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  },
  {
    ...node,
    entry: { cli: 'src/cli/main.ts' },
    // The command in one file starts in half the time: looking for modules is most of what it would do.
    noExternal: ['debug', 'buffer-layout'],
    splitting: false,
    // What is bundled of CommonJS asks for Node's modules this way.
    banner: {
      js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);",
    },
    footer: { js: ['debug', 'ms', 'buffer-layout'].map(notice).join('\n') },
  },
]);

/** The licence of a package goes where its code goes. */
function notice(name: string): string {
  const folder = join(import.meta.dirname, 'node_modules', name);
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (!file) throw new Error(`${name} has no licence`);
  return `/*! ${name}\n\n${readFileSync(join(folder, file), 'utf8')}*/`;
}
