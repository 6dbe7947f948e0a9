import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { Ipvs } from '../../../src/ipvs/index.ts';
import { reconcile } from '../../../src/reconcile/index.ts';
import { openDescriptors } from '../../support/linux/descriptors.ts';
import { Random } from '../../testing/random.ts';
import { Life, type Part } from './life.ts';
import type { Order, Report } from './messages.ts';
import { operations } from './operations/index.ts';

// A controller: `controller SEED PART`, in the namespace in which it was started.
const [seed = '1', part = 'tcp and marks'] = process.argv.slice(2);

let unhandled = 0;
/** The operation under way. */
let doing = '';
for (const event of ['unhandledRejection', 'uncaughtException'] as const)
  process.on(event, (error: unknown) => {
    unhandled++;
    console.error(`${event} in the controller of seed ${seed}: ${error instanceof Error ? error.stack : error}`);
  });

let order: Order | undefined;
let wake = () => {};
process.on('message', (message: Order) => {
  if (message === 'sample') return report('sample');
  order = message;
  wake();
});
process.once('disconnect', () => process.exit(1));

const delay = monitorEventLoopDelay({ resolution: 10 });
const descriptors = openDescriptors().length;
const ipvs = await Ipvs.open();
const life = new Life(ipvs, new Random(Number(seed)), part as Part);
const names = Object.entries(operations).flatMap(([name, { weight }]) => Array<string>(weight).fill(name));
report('start');
delay.enable();
while (order !== 'stop') {
  if (order === 'pause') await pause();
  else await operate(names[life.random.below(names.length)] as string);
}
delay.disable();
await empty();
await ipvs.close();
await setTimeout(200); // sockets of the last drain end
report('stop');
process.disconnect();
process.exitCode = 0;

async function operate(name: string): Promise<void> {
  const owner = operations[name];
  if (!owner || (name === 'drain' && part !== 'tcp and marks')) return;
  doing = name;
  try {
    await owner.run(life);
    life.count(name);
    await life.check(name);
  } catch (error) {
    life.fault(`${name}: ${error instanceof Error ? error.stack : error}`);
  }
}

/** Holds nothing, so that the module can be unloaded. */
async function pause(): Promise<void> {
  await empty();
  const resumed = new Promise<void>((resolve) => (wake = resolve));
  report('pause');
  await resumed;
  if (order === 'resume') order = undefined;
  report('resume');
  await life.check('resumed').catch((error) => life.fault(`resumed: ${error}`));
}

async function empty(): Promise<void> {
  await reconcile(ipvs, [], { scope: life.owns });
  life.table = [];
}

function report(answers: Report['answers']): void {
  globalThis.gc?.();
  const { rss, heapUsed: heap } = process.memoryUsage();
  const { lost, wrong, faults, counts } = life;
  process.send?.({
    ...{ answers, doing, counts, lost, wrong, faults, unhandled, rss, heap },
    descriptors: answers === 'start' ? descriptors : openDescriptors().length,
    p99: delay.percentile(99) / 1e6,
  } satisfies Report);
}
