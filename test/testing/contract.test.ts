import { describe } from 'vitest';
import { FakeKernel, type KernelVersion } from '../../src/testing/index.ts';
import type { Bed } from '../contract/bed.ts';
import { contract, networkContract } from '../contract/index.ts';

const versions: KernelVersion[] = ['5.10', '6.1', '6.12', '7.2'];

describe.each(versions)('a fake Linux %s', (version) => {
  const bed: Bed = {
    kernel: version,
    async connect() {
      const source = new FakeKernel({ version });
      return { source, addFlow: (flow) => source.flows.add(flow), end: async () => {} };
    },
  };
  contract(bed);
  networkContract(bed);
});
