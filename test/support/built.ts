import { join } from 'node:path';

/** Where the kernel tests, their programs and the examples lie as JavaScript; test/kernel/build.ts puts them there. */
export const built = join(import.meta.dirname, '../../build/kernel');

/** The path of a program of the kernel tests: `adding-process`, `examples/drain`. */
export function program(name: string): string {
  return join(built, `${name}.mjs`);
}
