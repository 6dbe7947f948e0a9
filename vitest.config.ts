import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`src/${path}/index.ts`, import.meta.url));
const alias = [
  { find: /^ipvs$/, replacement: source('ipvs') },
  { find: /^ipvs\/rules$/, replacement: source('rules') },
  { find: /^ipvs\/netlink$/, replacement: source('netlink') },
  { find: /^ipvs\/testing$/, replacement: source('testing') },
];

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/{netlink,ipvs,rules,cli,testing}/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'kernel',
          include: ['test/kernel/*.test.ts'],
          // Software emulation is 10 to 30 times slower than the machine.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
          fileParallelism: false,
          isolate: false,
        },
      },
    ],
  },
});
