import { readdirSync, readFileSync } from 'node:fs';
import type { KernelVersion } from '../../src/testing/index.ts';

/** The kernels that the recordings in test/fixtures were made on: folders there, of the version and, if it is not amd64, the architecture. */
export const recordedKernels = ['6.1', '6.12', '6.12-arm64', '7.2'];

/** The version of a recorded kernel, whatever its architecture. */
export function versionOf(recorded: string): KernelVersion {
  return recorded.replace(/-.*/, '') as KernelVersion;
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
