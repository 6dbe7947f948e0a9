import { describe, expect } from 'vitest';
import type { ServiceSpec } from '../../src/ipvs/index.ts';
import { hasTwos } from '../support/ipvs/schedulers.ts';
import { type Bed, contractCase } from './bed.ts';

export function featureContract(bed: Bed): void {
  describe('features', () => {
    const kernelRelease = expect.stringMatching(new RegExp(`^${bed.kernel.replace('.', '\\.')}(\\.|$)`));

    contractCase(bed, 'schedulers and persistence engines that can be loaded', async (ipvs) => {
      const schedulers = 'rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh'.split(' ');
      if (hasTwos(bed.kernel)) schedulers.push('twos');
      expect(await ipvs.features()).toEqual({ kernelRelease, ipv6: true, schedulers, persistenceEngines: ['sip'] });
    });

    contractCase(bed, 'modules by names of which a kernel knows some', async (ipvs) => {
      const asked = { schedulers: ['nonesuch', 'rr', 'RR'], persistenceEngines: ['nonesuch', 'sip', 'rr'] };
      const found = { schedulers: ['rr'], persistenceEngines: ['sip'] };
      expect(await ipvs.features(asked)).toEqual({ kernelRelease, ipv6: true, ...found });
      const none = { schedulers: [], persistenceEngines: [] };
      expect(await ipvs.features(none)).toEqual({ kernelRelease, ipv6: true, ...none });
    });

    contractCase(bed, 'features are asked for without a change', async (ipvs) => {
      // Of the family and the address that the question uses.
      const spec: ServiceSpec = {
        protocol: 'tcp',
        address: '::',
        port: 0,
        persistence: { timeout: 300 },
        scheduler: 'rr',
      };
      await ipvs.addService(spec);
      const [before, info] = [await ipvs.services(), await ipvs.info()];
      expect(before).toMatchObject([spec]);
      await ipvs.features();
      expect(await ipvs.services()).toEqual(before);
      expect(await ipvs.info()).toEqual(info);
    });
  });
}
