import { describe, expect } from 'vitest';
import { type Bed, contractCase } from './bed.ts';
import { idle, plain, web, web6 } from './expected.ts';

const server = { address: '192.0.2.20', port: 8080 };
const tunnel = { tunnel: 'gue', port: 6080, checksum: 'remcsum' } as const;

export function patchContract(bed: Bed): void {
  describe('patches', () => {
    contractCase(bed, 'a service patch changes only what it names', async (ipvs) => {
      const flags = { 'sh-fallback': true, 'sh-port': true, '#64': true };
      const persistence = { timeout: 77, netmask: '255.255.0.0', engine: 'sip' };
      const service = { ...web, ...plain, scheduler: 'sh', flags, persistence };
      await ipvs.addService(service);

      await ipvs.patchService(web, { flags: { 'sh-fallback': false } });
      const without = { 'sh-port': true, '#64': true };
      expect(await ipvs.service(web)).toEqual({ ...service, flags: without });

      await ipvs.patchService(web, { persistence: { timeout: 88 } });
      const longer = { ...persistence, timeout: 88 };
      expect(await ipvs.service(web)).toEqual({ ...service, flags: without, persistence: longer });

      await ipvs.patchService(web, { scheduler: 'rr' });
      const common = { 'flag-2': true, '#64': true };
      expect(await ipvs.service(web)).toEqual({ ...service, scheduler: 'rr', flags: common, persistence: longer });

      await ipvs.patchService(web, { persistence: { engine: null, netmask: '255.0.0.0' } });
      expect((await ipvs.service(web))?.persistence).toEqual({ timeout: 88, netmask: '255.0.0.0' });

      await ipvs.patchService(web, { persistence: null });
      expect(await ipvs.service(web)).toEqual({ ...web, ...plain, scheduler: 'rr', flags: common });
    });

    contractCase(bed, 'a patch switches persistence on', async (ipvs) => {
      await ipvs.addService(web6);
      await ipvs.patchService(web6, { persistence: { prefixLength: 56 } });
      expect(await ipvs.service(web6)).toEqual({ ...web6, ...plain, persistence: { timeout: 360, prefixLength: 56 } });
    });

    contractCase(bed, 'a destination patch changes only what it names', async (ipvs) => {
      const spec = { ...server, forwarding: tunnel, weight: 5, upperThreshold: 9, lowerThreshold: 3 };
      await ipvs.addService(web);
      await ipvs.addDestination(web, spec);
      const read = async () => (await ipvs.destinations(web))[0];

      await ipvs.patchDestination(web, server, { weight: 0 });
      expect(await read()).toEqual({ ...idle, ...spec, weight: 0 });
      await ipvs.patchDestination(web, server, { lowerThreshold: 9 });
      expect(await read()).toEqual({ ...idle, ...spec, weight: 0, lowerThreshold: 9 });
      await ipvs.patchDestination(web, server, { forwarding: 'masquerade' });
      expect(await read()).toEqual({ ...idle, ...spec, weight: 0, lowerThreshold: 9, forwarding: 'masquerade' });
    });

    contractCase(bed, 'patches made at once do not undo one another', async (ipvs) => {
      const servers = [1, 2, 3].map((i) => ({ address: `192.0.2.${20 + i}`, port: 80 }));
      await ipvs.addService(web);
      await Promise.all(servers.map((each) => ipvs.addDestination(web, { ...each, forwarding: tunnel })));
      await Promise.all([
        ...servers.map((each, i) => ipvs.patchDestination(web, each, { weight: i + 5 })),
        ...servers.map((each) => ipvs.patchDestination(web, each, { upperThreshold: 100 })),
        ipvs.patchService(web, { scheduler: 'rr' }),
        ipvs.patchService(web, { persistence: {} }),
      ]);
      const expected = servers.map((each, i) => ({
        ...idle,
        ...each,
        forwarding: tunnel,
        weight: i + 5,
        upperThreshold: 100,
      }));
      expect(await ipvs.destinations(web)).toEqual(expected.reverse());
      const persistence = { timeout: 360, netmask: '255.255.255.255' };
      expect(await ipvs.service(web)).toEqual({ ...web, ...plain, scheduler: 'rr', persistence });
    });

    contractCase(bed, 'a patch of what is not there', async (ipvs) => {
      await expect(ipvs.patchService(web, { scheduler: 'rr' })).rejects.toMatchObject({ reason: 'no-such-service' });
      await expect(ipvs.patchDestination(web, server, {})).rejects.toMatchObject({ reason: 'no-such-service' });
      await ipvs.addService(web);
      await expect(ipvs.patchDestination(web, server, {})).rejects.toMatchObject({ reason: 'no-such-destination' });
    });
  });
}
