import { spawnSync } from 'node:child_process';
import { release } from 'node:os';
import type { KernelVersion } from '../../../src/testing/index.ts';
import { randomScenario } from '../../testing/schedule/random-scenario.ts';
import { compare } from './compare.ts';

// Compares choices of this machine's kernel and the fake's by the tens of thousands, scenario by scenario.
const [wanted = '13000', first = '0', each = '1000'] = process.argv.slice(2);
const [version = ''] = /^\d+\.\d+/.exec(release()) ?? [];
const total = { choices: 0, dropped: 0, different: 0 };

spawnSync('modprobe', ['ipv6']); // user-mode Linux does not load it by itself, others have it built in
for (let number = Number(first); total.choices < Number(wanted); number++) {
  const started = performance.now();
  const scenario = randomScenario(number, Number(each));
  const { choices, difference } = await compare(scenario, version as KernelVersion);
  const dropped = choices.filter((choice) => choice === '-').length;
  total.choices += choices.length;
  total.dropped += dropped;
  if (difference) total.different++;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    difference ? `DIFFERENT ${difference}` : `${scenario.title}: ${choices.length}, ${dropped} dropped, ${seconds} s`,
  );
}
console.log(
  `Linux ${release()}: ${total.choices} choices compared, ${total.dropped} packets dropped by both, ${total.different} scenarios differ`,
);
process.exitCode = total.different > 0 ? 1 : 0;
