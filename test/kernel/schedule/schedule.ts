import { describe, expect, test } from 'vitest';
import type { KernelVersion } from '../../../src/testing/index.ts';
import { fakeSide } from '../../testing/schedule/fake-side.ts';
import { deterministic, randomScenario } from '../../testing/schedule/random-scenario.ts';
import { type Outcome, play, type Scenario } from '../../testing/schedule/scenario.ts';
import { realKernel } from '../bed.ts';
import { kernelSide } from './kernel-side.ts';

/** Packets of all scenarios; `IPVS_CHOICES=100000 npm run test:kernel -- --uml -- -t 'chooses as'` for a long run. */
const CHOICES = Number(process.env['IPVS_CHOICES'] ?? 1500);
const SCENARIOS = Math.max(deterministic.length, Math.round(CHOICES / 300));

export function scheduleTests(): void {
  describe('schedule', () => {
    test(`the fake chooses as this kernel does, ${CHOICES} times`, async () => {
      let compared = 0;
      const different: string[] = [];
      for (let number = 0; number < SCENARIOS; number++) {
        const { choices, difference } = await compare(randomScenario(number, Math.ceil(CHOICES / SCENARIOS)));
        compared += choices;
        if (difference) different.push(difference);
      }
      console.log(`${compared} choices compared in ${SCENARIOS} scenarios`);
      expect(different).toEqual([]);
    }, 3_600_000);
  });
}

/** Plays a scenario to both kernels, up to the first difference: how many choices were the same, and what was not. */
async function compare(scenario: Scenario): Promise<{ choices: number; difference?: string }> {
  await using real = await kernelSide(scenario);
  await using fake = await fakeSide(scenario, realKernel.kernel as KernelVersion);
  const imitated = play(scenario, fake);
  let [choices, step] = [0, 0];
  for await (const seen of play(scenario, real)) {
    const { value } = await imitated.next();
    const difference = value && differenceOf(value, seen);
    if (difference)
      return {
        choices,
        difference: `${scenario.title}, step ${step}, ${Object.keys(scenario.steps[step] ?? {})}: ${difference}`,
      };
    choices += seen.choices.length;
    step++;
  }
  return { choices };
}

function differenceOf(fake: Outcome, real: Outcome): string | undefined {
  const at = real.choices.findIndex((choice, i) => choice !== fake.choices[i]);
  if (at >= 0) return `packet ${at} went to ${real.choices[at]}, by the fake to ${fake.choices[at]}`;
  const more = real.table.filter((line) => !fake.table.includes(line));
  const fewer = fake.table.filter((line) => !real.table.includes(line));
  if (more.length + fewer.length === 0) return undefined;
  return `the kernel alone has ${more.slice(0, 3).join('; ')}, the fake alone ${fewer.slice(0, 3).join('; ')}`;
}
