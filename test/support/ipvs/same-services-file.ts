import fc from 'fast-check';
import { expect } from 'vitest';
import { Ipvs } from '../../../src/ipvs/index.ts';
import type { Kernel } from '../../../src/linux/kernel.ts';
import type { KernelVersion } from '../../../src/testing/index.ts';
import { sortedServices } from './sorted-services.ts';
import { arbitraryTable, writeTable } from './table.ts';

/**
 * Writes random tables to two kernels and expects the same `/proc/net/ip_vs` of both.
 * @param freshKernels makes both anew, without services, for every table
 */
export async function expectSameServicesFile(
  version: KernelVersion,
  freshKernels: () => readonly [Kernel, Kernel],
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(arbitraryTable(version, 10), async (entries) => {
      const kernels = freshKernels();
      for (const kernel of kernels) {
        const ipvs = await Ipvs.open({ kernel });
        await writeTable(ipvs, entries);
        await ipvs.close();
      }
      const [one, other] = kernels;
      expect(await sortedServices(other)).toEqual(await sortedServices(one));
    }),
    { numRuns: 10 },
  );
}
