import { execFileSync } from 'node:child_process';
import { release } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openDescriptors } from '../support/linux/descriptors.ts';
import { unloadIpvs } from '../support/linux/modules.ts';
import { enterFreshNamespace, returnToFirstNamespace } from '../support/linux/namespace.ts';
import { Random } from '../testing/random.ts';
import { type Counts, liveRound } from './round.ts';

/** A look at the process after a round. */
export interface Sample {
  readonly minutes: number;
  /** MiB. */
  readonly resident: number;
  readonly descriptors: number;
}

// The life of a controller on this kernel, in rounds of a network namespace each, for so many hours; between rounds the system's clock
// is set and IPVS is unloaded now and then. Prints a line for each round, and what it all came to.
const [hours = '0.01', seed = '1'] = process.argv.slice(2);
const [version = ''] = /^\d+\.\d+/.exec(release()) ?? [];
const random = new Random(Number(seed));
const counts: Counts & { rounds: number; clocks: number; reloads: number; unhandled: number } = {
  rounds: 0,
  operations: 0,
  lost: 0,
  aborted: 0,
  changesOfOthers: 0,
  events: 0,
  drained: 0,
  clocks: 0,
  reloads: 0,
  unhandled: 0,
};
const wrong: string[] = [];
const delays = monitorEventLoopDelay({ resolution: 1 });
process.on('unhandledRejection', (error) => {
  counts.unhandled++;
  wrong.push(`unhandled: ${error}`);
});

execFileSync('modprobe', ['ip_vs']);
const begin = performance.now();
const end = begin + Number(hours) * 3_600_000;
const samples: Sample[] = [];
delays.enable();
while (performance.now() < end || counts.rounds < 2) {
  const own = random.below(1 << 30);
  if (counts.rounds > 0 && random.below(10) === 0) {
    returnToFirstNamespace();
    unloadIpvs();
    counts.reloads++;
  }
  enterFreshNamespace();
  const clock = random.below(3) === 0 ? (random.below(2) === 0 ? 3600 : -3600) : 0;
  if (clock !== 0) {
    execFileSync('date', ['-s', `@${Math.floor(Date.now() / 1000) + clock}`], { stdio: 'ignore' });
    counts.clocks++;
  }
  await liveRound(version, own, counts, (what) => wrong.push(`seed ${own}: ${what}`));
  counts.rounds++;
  const resident = Math.round(process.memoryUsage.rss() / (1 << 20));
  samples.push({ minutes: (performance.now() - begin) / 60_000, resident, descriptors: openDescriptors().length });
  console.log(JSON.stringify(samples.at(-1)));
}
delays.disable();
const [first, last] = [samples[0] as Sample, samples.at(-1) as Sample];
if (last.descriptors > first.descriptors)
  wrong.push(`${last.descriptors} descriptors are open, ${first.descriptors} at first`);
console.log(JSON.stringify({ ...counts, first, last, eventLoopP99: delays.percentile(99) / 1e6 }));
for (const each of wrong) console.log(`WRONG ${each}`);
console.log(`${wrong.length} wrong`);
process.exit(wrong.length > 0 ? 1 : 0);
