import { describe, expect, test } from 'vitest';
import type { KernelVersion } from '../../../src/testing/index.ts';
import { fakeSide } from '../../testing/schedule/fake-side.ts';
import { deterministic, randomScenario } from '../../testing/schedule/random-scenario.ts';
import { play } from '../../testing/schedule/scenario.ts';
import { realKernel } from '../bed.ts';
import { kernelSide } from './kernel-side.ts';

/** Packets of all scenarios; `IPVS_CHOICES=100000 npm run test:kernel -- --uml -- -t 'chooses as'` for a long run. */
const CHOICES = Number(process.env['IPVS_CHOICES'] ?? 1500);
const SCENARIOS = Math.max(deterministic.length, Math.round(CHOICES / 300));

export function scheduleTests(): void {
  describe('schedule', () => {
    test(`the fake chooses as this kernel does, ${CHOICES} times`, async () => {
      let compared = 0;
      for (let number = 0; number < SCENARIOS; number++) {
        const scenario = randomScenario(number, Math.ceil(CHOICES / SCENARIOS));
        await using real = await kernelSide(scenario);
        await using fake = await fakeSide(scenario, realKernel.kernel as KernelVersion);
        const imitated = play(scenario, fake);
        let at = 0;
        for await (const seen of play(scenario, real)) {
          const { value } = await imitated.next();
          expect(value, `${scenario.title}, step ${at}: ${JSON.stringify(scenario.steps[at])}`).toEqual(seen);
          compared += seen.choices.length;
          at++;
        }
      }
      console.log(`${compared} choices compared in ${SCENARIOS} scenarios`);
    }, 3_600_000);
  });
}
