import { describe } from 'vitest';
import { FakeKernel, type KernelVersion } from '../../../src/testing/index.ts';
import { destinationAddressTests } from './destination-addresses.ts';

// test/kernel asks the same of real kernels.
describe.each(['5.10', '6.1', '6.12', '7.2'] satisfies KernelVersion[])('a fake Linux %s', (version) => {
  destinationAddressTests(() => new FakeKernel({ version, links: { lo: { up: false } } }));
});
