import { describe, expect } from 'vitest';
import { replay } from '../../src/netlink/index.ts';
import { networkContract } from '../contract/index.ts';
import { readFixture, recordedKernels, versionOf } from '../support/fixtures.ts';

// The contract again, against what real kernels said: every request must be byte for byte the one they were sent.
describe.each(recordedKernels)('recorded on Linux %s', (recorded) => {
  networkContract({
    kernel: versionOf(recorded),
    async connect(name) {
      const source = replay(readFixture(recorded, name));
      return {
        source,
        async end() {
          expect(source.remaining, 'recorded requests that were not made').toBe(0);
        },
      };
    },
  });
});
