import { type Kernel, SystemError } from 'ipvs/netlink';

/** A kernel that has further files, of which `files` holds the text by path. */
export function withFiles(kernel: Kernel, files: Map<string, string>): Kernel {
  return {
    openNetlink: (protocol) => kernel.openNetlink(protocol),
    async *readFile(path) {
      const text = files.get(path);
      if (text === undefined) yield* kernel.readFile(path);
      else yield new TextEncoder().encode(text);
    },
    async writeFile(path, text) {
      if (!files.has(path)) return kernel.writeFile(path, text);
      if (text === '') throw new SystemError('write', path, 22);
      files.set(path, text);
    },
  };
}
