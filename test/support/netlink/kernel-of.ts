import { type Kernel, SystemError, type Transport } from '../../../src/netlink/index.ts';

/** A kernel that hands out one transport and has no files. */
export function kernelOf(transport: Transport): Kernel {
  return {
    openNetlink: async () => transport,
    // biome-ignore lint/correctness/useYield: there are no files
    async *readFile(path) {
      throw new SystemError('open', path, 2);
    },
    async writeFile(path) {
      throw new SystemError('open', path, 2);
    },
  };
}
