/** An architecture whose kernels the test bed boots. */
export type Architecture = {
  /** Debian's name of it, which is also the one on the command line. */
  name: string;
  /** Node's name, `process.arch`. */
  node: string;
  /** The emulator and the Debian package that has it. */
  qemu: { command: string; package: string };
  /** The words that describe the emulated machine; all else is the same on every architecture. */
  machine: Readonly<Record<'-M' | '-cpu' | '-accel', string>>;
  /** The device of the first serial port, which the kernel writes to. */
  console: string;
  /** The kernel's image is a file of this name, in `/boot` with the release behind it. */
  image: string;
};

/** All of them; for another one a row is added here. */
export const architectures: readonly Architecture[] = [
  {
    name: 'amd64',
    node: 'x64',
    qemu: { command: 'qemu-system-x86_64', package: 'qemu-system-x86' },
    machine: {
      '-M': 'q35',
      '-cpu': 'max,la57=off', // a fifth level of page tables makes every emulated walk longer
      // Two emulated processors share one thread: in parallel, qemu 7.2 now and then runs an instruction that the kernel
      // has already patched, and the kernel oopses ("int3").
      '-accel': 'tcg,thread=single',
    },
    console: 'ttyS0',
    image: 'vmlinuz',
  },
  {
    name: 'arm64',
    node: 'arm64',
    qemu: { command: 'qemu-system-aarch64', package: 'qemu-system-arm' },
    machine: {
      '-M': 'virt',
      // Signed return addresses and long vectors take long to emulate; kernels before 5.12 do not boot where addresses of
      // pages may have 52 bits.
      '-cpu': 'max,pauth=off,sve=off,lpa2=off',
      '-accel': 'tcg',
    },
    console: 'ttyAMA0',
    image: 'vmlinuz',
  },
];

/** This machine's own, whose guests use the machine's own files; undefined where the test bed has no such kernels. */
export const ownArchitecture = architectures.find(({ node }) => node === process.arch);

/** That of the kernels where none is chosen. */
export const defaultArchitecture = ownArchitecture ?? findArchitecture('amd64');

/** The architecture of a name. */
export function findArchitecture(name: string): Architecture {
  const found = architectures.find((known) => known.name === name);
  if (found) return found;
  const names = architectures.map((known) => known.name).join(', ');
  throw new Error(`There is no architecture ${name} in the test bed; there are ${names}.`);
}

/** The name of a kernel: its version, and the architecture unless it is the usual one, as in `6.12 arm64`. */
export function kernelName(version: string, { name }: Architecture): string {
  return name === 'amd64' ? version : `${version} ${name}`;
}
