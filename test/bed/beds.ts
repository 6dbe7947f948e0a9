import { release } from 'node:os';
import { type Architecture, defaultArchitecture, kernelName } from './architectures.ts';
import type { Choice } from './arguments.ts';
import { ensurePackages } from './debian/packages.ts';
import { type BootOptions, boot } from './guest/boot.ts';
import { getUserland } from './guest/userland.ts';
import { ensureHost, runOnHost } from './host.ts';
import { getKernel, type Version } from './kernels/kernels.ts';
import { getUml } from './kernels/uml.ts';
import type { Result } from './process.ts';

/** A kernel to run commands on: one that qemu boots, one that is a process, or the machine's own. */
export type Bed = {
  /** `6.12`, `6.12 arm64`, or `host`. */
  name: string;
  /** What `uname -r` says there. */
  release: string;
  /** How it runs: `emulated`. */
  manner: string;
  /** Runs a command; rejects when it did not come to an end of its own. */
  run(command: string[], options?: BootOptions): Promise<Result>;
};

/** Which beds: kernels that qemu boots, or with `uml` the same as processes, and the machine's own. */
export type Beds = Pick<Choice, 'kernels' | 'host'> & Partial<Pick<Choice, 'uml' | 'architecture'>>;

/**
 * Visits each chosen bed, so many at a time; a failure in one does not keep the others from theirs. Returns the worst
 * status.
 */
export async function onEach(
  { kernels, uml = false, host, architecture = defaultArchitecture }: Beds,
  visit: (bed: Bed) => Promise<number>,
  atOnce = 1,
): Promise<number> {
  const makers = [...kernels.map((version) => () => kernelBed(version, architecture, uml)), ...(host ? [hostBed] : [])];
  const visits = new Set<Promise<void>>();
  let worst = 0;
  for (const make of makers) {
    if (visits.size >= atOnce) await Promise.race(visits);
    const bed = make();
    const visited = bed
      .then(visit)
      .catch(report)
      .then((status) => {
        worst = Math.max(worst, status);
        visits.delete(visited);
      });
    visits.add(visited);
    await bed.catch(() => {}); // one is made ready at a time: the first installs packages that all of them need
  }
  await Promise.all(visits);
  return worst;
}

async function kernelBed(version: Version, architecture: Architecture, uml: boolean): Promise<Bed> {
  await ensurePackages(architecture);
  await getUserland(architecture);
  const kernel = await (uml ? getUml(version) : getKernel(version, architecture));
  return {
    name: kernelName(version, architecture),
    release: kernel.release,
    manner: uml ? 'as a process' : 'emulated',
    run: (command, options) => boot(kernel, command, options),
  };
}

async function hostBed(): Promise<Bed> {
  await ensureHost();
  return { name: 'host', release: release(), manner: 'in a network namespace of its own', run: runOnHost };
}

/** Says what went wrong, and counts as a failure. */
export function report(error: unknown): number {
  console.error(error instanceof Error ? error.message : error);
  return 1;
}
