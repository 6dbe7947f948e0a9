import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    ipvs: 'src/ipvs/index.ts',
    rules: 'src/ipvs/rules/index.ts',
    netlink: 'src/netlink/index.ts',
    testing: 'src/testing/index.ts',
    cli: 'src/cli/main.ts',
  },
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  clean: true,
  // tsup sets `baseUrl` itself, which TypeScript 6 deprecates.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
});
