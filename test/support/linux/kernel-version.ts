/** Whether a kernel, `'6.12'`, is another or a later one. */
export function isAtLeast(kernel: string, other: string): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major > otherMajor || (major === otherMajor && minor >= otherMinor);
}
