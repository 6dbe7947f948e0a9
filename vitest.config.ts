import { defineConfig } from 'vitest/config';
import { subpaths } from './subpaths.ts';

const alias = subpaths.map(({ name, source }) => ({ find: new RegExp(`^${name}$`), replacement: source }));

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{kernel,package,s390x,site}/**'],
          testTimeout: 60_000, // for a hung test, not for a busy machine
        },
      },
      {
        extends: true,
        test: {
          name: 'kernel',
          include: [`${process.env['IPVS_BUILT']}/*.test.mjs`], // by test/kernel/build.ts
          server: { deps: { external: [/\/build\/kernel-/] } },
          // Software emulation is 10 to 30 times slower than the machine.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
          fileParallelism: false,
          isolate: false,
        },
      },
      {
        // From this machine on a big-endian kernel: `npm run test:s390x`.
        extends: true,
        test: {
          name: 's390x',
          include: ['test/s390x/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
          fileParallelism: false,
        },
      },
      {
        // The API pages and guides in a browser, after `npm run docs`.
        test: { name: 'site', include: ['test/site/*.test.ts'], testTimeout: 120_000 },
      },
      {
        // The package as it is installed: no alias leads to the sources.
        test: {
          name: 'package',
          include: ['test/package/*.test.ts'],
          globalSetup: 'test/package/install.ts',
          testTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
