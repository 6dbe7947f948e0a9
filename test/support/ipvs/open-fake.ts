// Preloaded by a test: whoever opens IPVS without saying where gets a kernel in memory.
import { Ipvs } from 'ipvs';
import { FakeKernel } from 'ipvs/testing';

const open = Ipvs.open.bind(Ipvs);
Ipvs.open = (options = {}) =>
  open(options.kernel || options.netns !== undefined ? options : { kernel: new FakeKernel() });
