import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { loadIpvs, unloadIpvs } from '../../support/linux/modules.ts';
import { loadIpv6, network } from '../../support/linux/namespace.ts';
import { Random } from '../../testing/random.ts';
import { setClock } from './clock.ts';
import { ControllerProcess } from './process.ts';
import { summarize } from './summary.ts';

// `main SECONDS SEED`: the supervisor of the controllers, of which each network namespace has two.
const [seconds = '120', seed = '1'] = process.argv.slice(2);
const random = new Random(Number(seed));
const done: Record<string, number> = {};

loadIpv6();
loadIpvs();
const controllers = ['soak-1', 'soak-2'].flatMap((namespace, i) => {
  execFileSync('ip', ['netns', 'add', namespace]);
  execFileSync('ip', ['-netns', namespace, '-batch', '-'], { input: network });
  return [
    new ControllerProcess(namespace, 'tcp and marks', Number(seed) + 2 * i),
    new ControllerProcess(namespace, 'udp and sctp', Number(seed) + 2 * i + 1),
  ];
});
const begun = await all((each) => each.start);
const started = performance.now();
const elapsed = () => (performance.now() - started) / 1000;
let sampledAt = 0;
/** Faults that were printed. */
const told = new Set<string>();
await sample();
while (elapsed() < Number(seconds)) {
  await setTimeout(1000 + random.below(4000));
  await happen();
  if (elapsed() - sampledAt >= Math.max(5, Number(seconds) / 500)) await sample();
}
const ended = await all((each) => each.tell('stop'));
process.exitCode = summarize(begun, ended, done, elapsed());

/** What befalls all controllers. */
async function happen(): Promise<void> {
  switch (random.below(4)) {
    case 0: {
      await all((each) => each.tell('pause'));
      await unloadIpvs();
      if (random.once(2)) loadIpvs(); // else whoever asks first has it loaded
      await all((each) => each.tell('resume'));
      return note('module reloads');
    }
    case 1:
      setClock(random.below(7200) - 3600);
      return note('clock changes');
    default: // nothing
  }
}

function note(what: string): void {
  done[what] = (done[what] ?? 0) + 1;
}

async function sample(): Promise<void> {
  sampledAt = elapsed();
  const reports = await all((each) => each.tell('sample'));
  const line = reports.map(({ rss, heap, descriptors, p99 }, i) => ({
    ...{ seconds: Math.round(sampledAt), controller: controllers[i]?.name, rss, heap, descriptors, p99 },
  }));
  const { IPVS_OUT } = process.env;
  if (IPVS_OUT)
    appendFileSync(join(IPVS_OUT, 'samples.jsonl'), line.map((each) => `${JSON.stringify(each)}\n`).join(''));
  const entries = reports.reduce((sum, { counts }) => sum + (counts['entries compared'] ?? 0), 0);
  const count = reports.reduce((sum, { lost, wrong, unhandled }) => sum + lost + wrong + unhandled, 0);
  console.log(`${Math.round(sampledAt)} s: ${entries} entries compared, ${count} faults`);
  for (const fault of reports.flatMap(({ faults }) => faults)) {
    if (!told.has(fault)) console.log(`FAULT ${fault}`);
    told.add(fault);
  }
}

function all<T>(act: (each: ControllerProcess) => Promise<T>): Promise<T[]> {
  return Promise.all(controllers.map(act));
}
