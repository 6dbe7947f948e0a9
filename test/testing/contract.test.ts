import { describe } from 'vitest';
import { FakeKernel, type KernelVersion } from '../../src/testing/index.ts';
import { contract } from '../contract/index.ts';

const versions: KernelVersion[] = ['5.10', '6.1', '6.12', '7.2'];

describe.each(versions)('a fake Linux %s', (version) => {
  contract({
    kernel: version,
    connect: async () => ({ source: new FakeKernel({ version }), end: async () => {} }),
  });
});
