import { describe, expect, test } from 'vitest';
import { FakeKernel } from '../../src/testing/index.ts';
import { firstDifference } from '../testing/differential.ts';
import { agent, enterFreshNamespace, guest } from './bed.ts';
import { guestKernel } from './kernel.ts';

/** Commands in a namespace of their own; more of them in one would meet ever more refusals of the same kind. */
const COMMANDS = 500;

// Another start for every run, printed, so that a difference can be looked at again.
const first = Math.floor(Date.now() / 1000);

export function differentialTests(): void {
  describe('the fake kernel answers as this one', () => {
    test.each([0, 1, 2, 3].map((i) => first + i))('random commands, seed %i', async (seed) => {
      enterFreshNamespace();
      const transport = await guestKernel(agent).openNetlink('generic');
      const fake = new FakeKernel({ version: guest.kernel, littleEndian: false });
      expect(firstDifference(transport, fake.connect(), seed, COMMANDS)).toBeUndefined();
      transport.close();
    });
  });
}
