import { describe, expect } from 'vitest';
import type { DestinationSpec, Forwarding, TableEntry } from '../../src/ipvs/index.ts';
import { type Bed, contractCase } from './bed.ts';
import { idle, plain, sorted, web, web6 } from './expected.ts';

const server = { address: '192.0.2.20', port: 8080 };

export function destinationContract(bed: Bed): void {
  describe('destinations', () => {
    contractCase(bed, 'a destination with defaults', async (ipvs) => {
      await ipvs.addService(web);
      expect(await ipvs.destinations(web)).toEqual([]);
      await ipvs.addDestination(web, server);
      expect(await ipvs.destinations(web)).toEqual([{ ...server, ...idle }]);
    });

    contractCase(bed, 'every way of forwarding, the newest first', async (ipvs) => {
      const ways: Forwarding[] = [
        'masquerade',
        'direct-route',
        'local',
        'bypass',
        '#7',
        { tunnel: 'ipip' },
        { tunnel: 'gue', port: 6080, checksum: 'nocsum' },
        { tunnel: 'gue', port: 6080, checksum: 'csum' },
        { tunnel: 'gue', port: 65535, checksum: 'remcsum' },
        { tunnel: 'gre', checksum: 'nocsum' },
        { tunnel: 'gre', checksum: 'csum' },
        { tunnel: '#9', port: 7, checksum: '#3' },
      ];
      const specs = ways.map((forwarding, i) => ({ address: `192.0.2.${100 + i}`, port: 80, forwarding }));
      await ipvs.addService(web);
      await Promise.all(specs.map((spec) => ipvs.addDestination(web, spec)));
      expect(await ipvs.destinations(web)).toEqual(specs.map((spec) => ({ ...idle, ...spec })).reverse());
    });

    contractCase(bed, 'both families, and each behind the other through a tunnel', async (ipvs) => {
      const forwarding = { tunnel: 'ipip' } as const;
      const server6 = { address: '2001:db8::20', port: 8080 };
      await Promise.all([ipvs.addService(web), ipvs.addService(web6)]);
      await ipvs.addDestination(web, { ...server6, forwarding });
      await ipvs.addDestination(web6, server6);
      await ipvs.addDestination(web6, { ...server, forwarding });
      expect(await ipvs.destinations(web)).toEqual([{ ...idle, ...server6, forwarding }]);
      expect(await ipvs.destinations(web6)).toEqual([
        { ...idle, ...server, forwarding },
        { ...idle, ...server6 },
      ]);
      await ipvs.removeDestination(web, server6);
      expect(await ipvs.destinations(web)).toEqual([]);
    });

    contractCase(bed, 'weights and thresholds over their whole range', async (ipvs) => {
      const specs: DestinationSpec[] = [
        { address: '192.0.2.20', port: 0, weight: 0 },
        { address: '192.0.2.21', port: 65535, weight: 2147483647 },
        { address: '192.0.2.22', port: 1, weight: 65536, upperThreshold: 2147483647, lowerThreshold: 2147483647 },
        { address: '192.0.2.23', port: 1, upperThreshold: 10, lowerThreshold: 2 },
      ];
      await ipvs.addService({ fwmark: 9 });
      await Promise.all(specs.map((spec) => ipvs.addDestination({ fwmark: 9 }, spec)));
      expect(await ipvs.destinations({ fwmark: 9 })).toEqual(specs.map((spec) => ({ ...idle, ...spec })).reverse());
    });

    contractCase(bed, 'a destination update replaces everything', async (ipvs) => {
      await ipvs.addService(web);
      const forwarding = { tunnel: 'gue', port: 6080, checksum: 'csum' } as const;
      await ipvs.addDestination(web, { ...server, forwarding, weight: 5, upperThreshold: 9, lowerThreshold: 3 });
      await ipvs.updateDestination(web, { ...server, forwarding: { tunnel: 'ipip' } });
      expect(await ipvs.destinations(web)).toEqual([{ ...server, ...idle, forwarding: { tunnel: 'ipip' } }]);
    });

    contractCase(bed, 'a destination is known by address and port', async (ipvs) => {
      await ipvs.addService(web);
      await ipvs.addDestination(web, server);
      await ipvs.addDestination(web, { ...server, port: 8081 });
      const [newest] = await ipvs.destinations(web);
      if (!newest) throw new Error('the destination is not listed');
      await ipvs.removeDestination(web, newest);
      expect(await ipvs.destinations(web)).toEqual([{ ...server, ...idle }]);
    });

    contractCase(bed, 'the table is every service with its destinations', async (ipvs) => {
      await Promise.all([ipvs.addService(web), ipvs.addService(web6)]);
      await ipvs.addDestination(web, server);
      const entries: TableEntry[] = [];
      for await (const entry of ipvs.table()) entries.push(entry);
      expect(sorted(entries)).toEqual([
        { service: { ...web, ...plain }, destinations: [{ ...server, ...idle }] },
        { service: { ...web6, ...plain }, destinations: [] },
      ]);
    });
  });
}
