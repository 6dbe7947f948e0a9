import { isAtLeast } from '../linux/kernel-version.ts';

/** Whether Debian's kernel of a version has the scheduler `twos`, which came with 5.17 and was not built at once. */
export function hasTwos(kernel: string): boolean {
  return isAtLeast(kernel, '6.12');
}
