import { describe } from 'vitest';
import { FakeKernel, type KernelVersion } from '../../src/testing/index.ts';
import type { Bed } from '../contract/bed.ts';
import { contract, rtnetlinkContract } from '../contract/index.ts';

const versions: KernelVersion[] = ['5.10', '6.1', '6.12', '7.2'];

describe.each(versions)('a fake Linux %s', (version) => {
  const bed: Bed = {
    kernel: version,
    connect: async () => ({ source: new FakeKernel({ version }), end: async () => {} }),
  };
  contract(bed);
  rtnetlinkContract(bed);
});
