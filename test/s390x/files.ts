import { describe, expect, test } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { readText } from '../../src/linux/kernel.ts';
import { FakeKernel, type KernelVersion } from '../../src/testing/index.ts';
import { expectSameServicesFile } from '../support/ipvs/same-services-file.ts';
import { agent, enterFreshNamespace, guest } from './bed.ts';
import { guestKernel } from './kernel.ts';

const version = guest.kernel as KernelVersion;

export function fileTests(): void {
  describe('the files of the fake kernel are those of this one', () => {
    test('the prefix length of a persistent IPv6 service is not turned round', async () => {
      enterFreshNamespace();
      const kernel = guestKernel(agent);
      const ipvs = await Ipvs.open({ kernel });
      const key = { protocol: 'tcp', address: '2001:db8::10', port: 80 } as const;
      await ipvs.addService({ ...key, persistence: { timeout: 300, prefixLength: 64 } });
      await ipvs.close();
      expect(await readText(kernel, '/proc/net/ip_vs')).toMatch(/\]:0050 wlc persistent \d+ 00000040\n/);
    });

    test('/proc/net/ip_vs of random tables', async () => {
      await expectSameServicesFile(version, () => {
        enterFreshNamespace();
        return [guestKernel(agent), new FakeKernel({ version, littleEndian: false })];
      });
    });
  });
}
