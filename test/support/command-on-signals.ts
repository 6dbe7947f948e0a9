import { writeFileSync } from 'node:fs';
import { FakeKernel } from '../../src/testing/index.ts';

/**
 * Preloaded into the command `ipvs --fake`: its kernel has traffic with each SIGUSR2 and the command crashes with SIGHUP.
 * The file that IPVS_PID names tells of the process.
 */
const kernels = new Set<FakeKernel>();
const openNetlink = FakeKernel.prototype.openNetlink;
FakeKernel.prototype.openNetlink = function (...args) {
  kernels.add(this);
  return openNetlink.apply(this, args);
};

process.on('SIGUSR2', () => {
  for (const kernel of kernels) {
    const web = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
    const destination = { address: '10.0.0.2', port: 8080 };
    kernel.traffic(web, { destination, connections: 8000, incomingBytes: 4_000_000, active: 12, inactive: 345 });
    kernel.tick();
  }
});
process.on('SIGHUP', () => {
  throw new Error('a crash that was asked for');
});
writeFileSync(process.env['IPVS_PID'] ?? '', String(process.pid));
