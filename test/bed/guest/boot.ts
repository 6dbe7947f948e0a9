import { mkdir, realpath } from 'node:fs/promises';
import type { Kernel } from '../kernels/kernels.ts';
import { umlArguments } from '../kernels/uml.ts';
import { follow, type Result, type RunOptions } from '../process.ts';
import { getInitramfs } from './initramfs.ts';
import { createJob } from './job.ts';
import { qemuArguments } from './qemu.ts';
import { getUserland } from './userland.ts';

export type BootOptions = RunOptions & {
  /** Memory of the guest in MiB. */
  memory?: number;
  /** Number of its processors. */
  smp?: number;
};

/** Boots a kernel over this machine's own files, or those of its architecture, runs one command there, and powers off. */
export async function boot(kernel: Kernel, command: string[], options: BootOptions = {}): Promise<Result> {
  const { memory = 3072, smp = 2 } = options;
  const userland = await getUserland(kernel.architecture);
  const initramfs = await getInitramfs(kernel, userland);
  const out = options.out && (await existing(options.out));
  const shared = { ...options, ...(out ? { out } : {}) };
  await using job = await createJob(command, userland, shared);
  const machine = { kernel, initramfs, userland, job: job.folder, memory, smp, ...(out ? { out } : {}) };
  const { output, timedOut } = kernel.uml
    ? await follow('sh', umlArguments(machine), process.env, shared)
    : await follow(kernel.architecture.qemu.command, qemuArguments(machine), process.env, shared);
  const status = await job.status();
  if (status !== undefined) return { status, output };
  const what = timedOut ? 'was stopped at its time limit' : 'died';
  const words = (await job.lastWords()) || output.trim();
  throw new Error(`Linux ${kernel.release} ${what} while it ran ${command.join(' ')}\n${words}`.trim());
}

async function existing(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  return realpath(folder);
}
