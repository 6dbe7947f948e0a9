import { InputError } from '../../errors/input-error.ts';
import type { Kernel } from '../../linux/kernel.ts';
import { readFile, writeFile } from '../../linux/proc.ts';
import { kernelTransport } from './kernel.ts';

/** Which part of this machine's kernel. */
export interface LinuxKernelOptions {
  /**
   * The network namespace to work in: a name as `ip netns` knows it (`/run/netns/NAME`), or a path such as
   * `/proc/1234/ns/net`. Default: the one of the calling thread. Entering another one requires CAP_SYS_ADMIN.
   */
  readonly netns?: string | undefined;
  /**
   * How long to wait for an answer that is not there, in milliseconds; the event loop stands still meanwhile. Default 250:
   * the kernel answers before a request returns, so that this only ends the wait for what will not come.
   */
  readonly timeout?: number | undefined;
}

/**
 * The kernel of this machine, as seen from a network namespace.
 * @throws InputError for a `netns` that is neither a name nor a path
 * @example
 * ```ts
 * const socket = new Socket(await linuxKernel({ timeout: 1000 }).openNetlink('generic'));
 * const family = await Family.resolve(socket, 'IPVS');
 * ```
 */
export function linuxKernel({ netns, timeout }: LinuxKernelOptions = {}): Kernel {
  if (netns !== undefined && (typeof netns !== 'string' || netns === '' || netns.includes('\0')))
    throw new InputError('must be the name or the path of a network namespace', netns, 'netns');
  return {
    openNetlink: (protocol) => kernelTransport({ protocol, netns, timeout }),
    readFile: (path) => readFile(path, netns),
    writeFile: (path, text) => writeFile(path, text, netns),
  };
}
