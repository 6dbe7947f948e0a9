// Makes tables on a kernel that takes no time, for as long as it is asked to: `SERVICES DESTINATIONS_EACH` a line on standard
// input. Prints "STEP wall_ms cpu_ms rss_mb" for each step, and `done` after each table.

import { createInterface } from 'node:readline';
import { Ipvs } from 'ipvs';
import { kernelOf } from '../test/support/netlink/kernel-of.ts';
import { measured, type Step, table } from './guest/table.ts';
import { idleKernel } from './idle-kernel.ts';

/** What the idle kernel has answers for. */
const steps = ['create', 'read', 'list', 'patch'];

const step: Step = async (name, run) => {
  if (steps.includes(name)) await measured(name, run);
};

for await (const line of createInterface({ input: process.stdin })) {
  const [services = 0, each = 0] = line.split(' ').map(Number);
  const transport = idleKernel(services, each);
  // Commits from before there was a `Kernel` take its transport.
  const options = process.argv.includes('--transport') ? { transport } : { kernel: kernelOf(transport) };
  await using ipvs = await Ipvs.open(options as Parameters<typeof Ipvs.open>[0]);
  await table(ipvs, { services, each }, step);
  console.log('done');
}
