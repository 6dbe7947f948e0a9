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

/** What is done in a bed, with a status like a program's. */
export type Visit = (bed: Bed) => Promise<number>;

/** Visits each chosen bed, one after the other. Returns the worst status. */
export function onEach(beds: Beds, visit: Visit): Promise<number> {
  return carryOut(jobsOn(beds, visit), 1);
}

/** A bed that is made ready when its turn comes, and what is done there. */
export type Job = { prepare: () => Promise<Bed>; visit: Visit };

export function jobsOn({ kernels, uml = false, host, architecture = defaultArchitecture }: Beds, visit: Visit): Job[] {
  const jobs = kernels.map((version) => ({ prepare: () => kernelBed(version, architecture, uml), visit }));
  return host ? [...jobs, { prepare: hostBed, visit }] : jobs;
}

/** Carries out so many jobs at a time; that one fails does not keep the others from their turn. Returns the worst status. */
export async function carryOut(jobs: readonly Job[], atOnce: number): Promise<number> {
  const visits = new Set<Promise<void>>();
  let worst = 0;
  for (const { prepare, visit } of jobs) {
    if (visits.size >= atOnce) await Promise.race(visits);
    const bed = prepare();
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
