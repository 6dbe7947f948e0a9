import { join } from 'node:path';

/** The path of a program of the kernel tests, built: `adding-process`, `examples/drain`. */
export function program(name: string): string {
  const { IPVS_BUILT: built = '' } = process.env;
  return join(import.meta.dirname, '../..', built, `${name}.mjs`);
}
