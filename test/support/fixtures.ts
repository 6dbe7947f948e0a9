import { readFileSync } from 'node:fs';

/** The kernels that the recordings in test/fixtures were made on. */
export const recordedKernels = ['6.1', '6.12', '7.2'];

/** The file name of the recording of a contract case. */
export function fixtureName(name: string): string {
  return `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.nl`;
}

/** The recording of a contract case on a kernel. */
export function readFixture(kernel: string, name: string): string {
  return readFileSync(new URL(`../fixtures/${kernel}/${fixtureName(name)}`, import.meta.url), 'utf8');
}
