import { describe, expect } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { replay } from '../../src/netlink/index.ts';
import { contract } from '../contract/index.ts';
import { readFixture, recordedKernels } from '../support/fixtures.ts';

// The contract again, against what real kernels said: every request must be byte for byte the one they were sent.
describe.each(recordedKernels)('recorded on Linux %s', (kernel) => {
  contract({
    kernel,
    async open(name) {
      const transport = replay(readFixture(kernel, name));
      const ipvs = await Ipvs.open({ transport });
      return {
        ipvs,
        async end() {
          expect(transport.remaining, 'recorded requests that were not made').toBe(0);
        },
      };
    },
  });
});
