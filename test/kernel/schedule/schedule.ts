import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import type { KernelVersion } from '../../../src/testing/index.ts';
import { hasTwos } from '../../support/ipvs/schedulers.ts';
import { deterministic, randomScenario } from '../../testing/schedule/random-scenario.ts';
import { formatRecorded } from '../../testing/schedule/recorded.ts';
import { play } from '../../testing/schedule/scenario.ts';
import { deviations, twosScenario } from '../../testing/schedule/twos.ts';
import { titled, writtenScenarios } from '../../testing/schedule/written-scenarios.ts';
import { realKernel, saveText } from '../bed.ts';
import { compare } from './compare.ts';
import { kernelSide } from './kernel-side.ts';

/** Packets of a scenario; `npm run choices` has longer ones, and more. */
const PACKETS = 60;

export function scheduleTests(): void {
  describe('schedule', () => {
    beforeAll(() => {
      spawnSync('modprobe', ['ipv6']); // user-mode Linux does not load it by itself, others have it built in
    });

    test.each(deterministic)('%s of the fake chooses as this kernel does', async (scheduler) => {
      const scenario = randomScenario(deterministic.indexOf(scheduler), PACKETS);
      const { choices, difference } = await compare(scenario, realKernel.kernel as KernelVersion);
      expect(difference).toBeUndefined();
      expect(choices.length).toBeGreaterThanOrEqual(PACKETS);
      saveText(`schedule/${scheduler}.txt`, (release) => formatRecorded(`Linux ${release}`, { scenario, choices }));
    });

    test.each(titled(writtenScenarios(realKernel.kernel)))('%s', async (_, scenario) => {
      const { ending, difference } = await compare(scenario, realKernel.kernel as KernelVersion);
      expect(difference).toBeUndefined();
      expect([...ending].sort()).toEqual(scenario.ending);
    });

    // Chance: only the shares can be compared.
    if (hasTwos(realKernel.kernel))
      test('twos draws by weight, within what chance allows', async () => {
        const scenario = twosScenario(1000);
        await using real = await kernelSide(scenario);
        const choices: string[] = [];
        for await (const outcome of play(scenario, real)) choices.push(...outcome.choices);
        expect(choices).toHaveLength(1000);
        for (const deviation of deviations(choices)) expect(Math.abs(deviation)).toBeLessThan(5);
      });
  });
}
