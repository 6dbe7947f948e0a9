import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/kernel/**'],
          testTimeout: 60_000, // for a hung test, not for a busy machine
        },
      },
      {
        test: {
          name: 'kernel',
          include: ['test/kernel/*.test.ts'],
          // Software emulation is 10 to 30 times slower than the machine.
          testTimeout: 600_000,
          hookTimeout: 600_000,
          pool: 'forks',
          fileParallelism: false,
        },
      },
    ],
  },
});
