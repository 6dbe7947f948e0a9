import { readdirSync, readFileSync } from 'node:fs';

/** The kernels that the recordings in test/fixtures were made on: a version, on x86-64 where no architecture follows. */
export const recordedKernels = readdirSync(new URL('../fixtures/', import.meta.url));

/** The version of a kernel in {@link recordedKernels}. */
export function versionOf(kernel: string): string {
  return kernel.replace(/-.*/, '');
}

/** The byte order of a kernel in {@link recordedKernels}. */
export function isLittleEndian(kernel: string): boolean {
  return !kernel.endsWith('-s390x');
}

/** The file name of the recording of a contract case, below a folder if its name has one. */
export function fixtureName(name: string): string {
  return `${name.toLowerCase().replaceAll(/[^a-z0-9/]+/g, '-')}.nl`;
}

/** The recording of a contract case on a kernel. */
export function readFixture(kernel: string, name: string): string {
  return readFileSync(new URL(`../fixtures/${kernel}/${fixtureName(name)}`, import.meta.url), 'utf8');
}

/** What was recorded on a kernel. */
export function recordedNames(kernel: string): string[] {
  const files = readdirSync(new URL(`../fixtures/${kernel}/`, import.meta.url));
  return files.filter((file) => file.endsWith('.nl')).map((file) => file.slice(0, -'.nl'.length));
}
