import { describe, expect } from 'vitest';
import type { Service, ServiceSpec } from '../../src/ipvs/index.ts';
import { hasTwos } from '../support/ipvs/schedulers.ts';
import { type Bed, contractCase } from './bed.ts';
import { noTraffic, plain, sorted, web, web6 } from './expected.ts';

export function serviceContract(bed: Bed): void {
  describe('services', () => {
    contractCase(bed, 'an empty table lists nothing', async (ipvs) => {
      expect(await ipvs.services()).toEqual([]);
      expect(await ipvs.service(web)).toBeUndefined();
    });

    contractCase(bed, 'a service with defaults', async (ipvs) => {
      await ipvs.addService(web);
      expect(await ipvs.services()).toEqual([{ ...web, ...plain }]);
      expect(await ipvs.service(web)).toEqual({ ...web, ...plain });
    });

    contractCase(bed, 'every protocol and family', async (ipvs) => {
      const keys = (['tcp', 'udp', 'sctp'] as const).flatMap((protocol) =>
        ['192.0.2.10', '2001:db8::10'].map((address) => ({ protocol, address, port: 5060 })),
      );
      await Promise.all(keys.map((key) => ipvs.addService(key)));
      expect(sorted(await ipvs.services())).toEqual(sorted(keys.map((key) => ({ ...key, ...plain }))));
    });

    contractCase(bed, 'firewall marks of both families over the whole range', async (ipvs) => {
      const keys = [1, 0x7fffffff, 0x80000000, 0xffffffff].flatMap((fwmark) =>
        (['inet', 'inet6'] as const).map((family) => ({ fwmark, family })),
      );
      await Promise.all(keys.map((key) => ipvs.addService({ ...key, scheduler: 'rr' })));
      const expected = keys.map((key) => ({ ...key, ...plain, scheduler: 'rr' }));
      expect(sorted(await ipvs.services())).toEqual(sorted(expected));
      await ipvs.removeService({ fwmark: 0xffffffff });
      expect(await ipvs.service({ fwmark: 0xffffffff })).toBeUndefined();
      expect(await ipvs.service({ fwmark: 0xffffffff, family: 'inet6' })).toEqual(expected.at(-1));
    });

    contractCase(bed, 'every scheduler', async (ipvs) => {
      const schedulers = 'rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh'.split(' ');
      if (hasTwos(bed.kernel)) schedulers.push('twos');
      const specs = schedulers.map((scheduler, i) => ({ ...web, port: 1000 + i, scheduler }));
      await Promise.all(specs.map((spec) => ipvs.addService(spec)));
      expect(sorted(await ipvs.services())).toEqual(sorted(specs.map((spec) => ({ ...plain, ...spec }))));
    });

    contractCase(bed, 'flags by the name their scheduler has for them', async (ipvs) => {
      const specs: ServiceSpec[] = [
        { protocol: 'udp', address: '192.0.2.10', port: 53, scheduler: 'rr', flags: { 'one-packet': true } },
        { ...web, port: 1, scheduler: 'sh', flags: { 'sh-fallback': true, 'sh-port': true, 'flag-3': true } },
        { ...web, port: 2, scheduler: 'mh', flags: { 'mh-fallback': true, 'mh-port': true } },
        { ...web, port: 3, scheduler: 'rr', flags: { 'flag-1': true, 'flag-3': true } },
        { ...web, port: 4, scheduler: 'rr', flags: { '#64': true, '#2147483648': true } },
      ];
      await Promise.all(specs.map((spec) => ipvs.addService(spec)));
      const expected = specs.map((spec) => ({ ...plain, ...spec }));
      expect(sorted(await ipvs.services())).toEqual(sorted(expected));
    });

    contractCase(bed, 'persistence with mask, prefix and engine', async (ipvs) => {
      const sip = { protocol: 'udp', address: '192.0.2.10', port: 5060 } as const;
      await ipvs.addService({ ...web, persistence: { timeout: 300, netmask: '255.255.255.0' } });
      await ipvs.addService({ ...web6, persistence: { timeout: 4294967, prefixLength: 64 } });
      await ipvs.addService({ ...sip, persistence: { engine: 'sip' } });
      await ipvs.addService({ fwmark: 5, persistence: {} });
      await ipvs.addService({ ...web, port: 0, persistence: { timeout: 1, netmask: '0.0.0.0' } });
      const expected: Service[] = [
        { ...web, ...plain, persistence: { timeout: 300, netmask: '255.255.255.0' } },
        { ...web6, ...plain, persistence: { timeout: 4294967, prefixLength: 64 } },
        { ...sip, ...plain, persistence: { timeout: 360, netmask: '255.255.255.255', engine: 'sip' } },
        { fwmark: 5, family: 'inet', ...plain, persistence: { timeout: 360, netmask: '255.255.255.255' } },
        { ...web, port: 0, ...plain, persistence: { timeout: 1, netmask: '0.0.0.0' } },
      ];
      expect(sorted(await ipvs.services())).toEqual(sorted(expected));
    });

    contractCase(bed, 'an update replaces everything but the destinations', async (ipvs) => {
      const flags = { 'sh-port': true };
      await ipvs.addService({ ...web, scheduler: 'sh', flags, persistence: { engine: 'sip' } });
      await ipvs.addDestination(web, { address: '192.0.2.20', port: 80 });
      await ipvs.updateService({ ...web, scheduler: 'rr' });
      expect(await ipvs.service(web)).toEqual({ ...web, ...plain, scheduler: 'rr' });
      expect(await ipvs.destinations(web)).toHaveLength(1);
    });

    contractCase(bed, 'what is read can be written', async (ipvs) => {
      const flags = { 'mh-port': true };
      const persistence = { timeout: 77, prefixLength: 48 };
      await ipvs.addService({ ...web6, scheduler: 'mh', flags, persistence });
      const [service] = await ipvs.services();
      if (!service) throw new Error('the service is not listed');
      await ipvs.removeService(service);
      await ipvs.addService(service);
      expect(await ipvs.services()).toEqual([service]);
      expect(service).toEqual({ ...web6, scheduler: 'mh', flags, persistence, statistics: noTraffic });
    });

    contractCase(bed, 'removed services are gone', async (ipvs) => {
      await Promise.all([80, 81, 82].map((port) => ipvs.addService({ ...web, port })));
      await ipvs.removeService({ ...web, port: 81 });
      expect((await ipvs.services()).map((service) => 'port' in service && service.port).sort()).toEqual([80, 82]);
      await ipvs.flush();
      expect(await ipvs.services()).toEqual([]);
    });

    contractCase(bed, 'an address is the same however it is written', async (ipvs) => {
      await ipvs.addService({ protocol: 'tcp', address: '2001:0DB8:0::0:10', port: 80 });
      expect(await ipvs.service(web6)).toEqual({ ...web6, ...plain });
    });
  });
}
