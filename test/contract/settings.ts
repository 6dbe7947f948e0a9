import { describe, expect } from 'vitest';
import { isAtLeast } from '../support/linux/kernel-version.ts';
import { type Bed, contractCase } from './bed.ts';
import { idle, plain, web } from './expected.ts';

export function settingContract(bed: Bed): void {
  describe('settings', () => {
    contractCase(bed, 'the version and the connection table', async (ipvs) => {
      // From 7.2 on the table is made with the first service.
      const grows = isAtLeast(bed.kernel, '7.2');
      expect(await ipvs.info()).toEqual({ version: '1.2.1', connectionTableSize: grows ? 0 : 4096 });
      await ipvs.addService(web);
      expect(await ipvs.info()).toEqual({ version: '1.2.1', connectionTableSize: grows ? 256 : 4096 });
    });

    contractCase(bed, 'timeouts, of which what is left out stays', async (ipvs) => {
      expect(await ipvs.timeouts()).toEqual({ tcp: 900, tcpFin: 120, udp: 300 });
      await ipvs.setTimeouts({ tcp: 1000 });
      expect(await ipvs.timeouts()).toEqual({ tcp: 1000, tcpFin: 120, udp: 300 });
      await ipvs.setTimeouts({ tcpFin: 1, udp: 2147483 });
      expect(await ipvs.timeouts()).toEqual({ tcp: 1000, tcpFin: 1, udp: 2147483 });
    });

    contractCase(bed, 'counters set to zero', async (ipvs) => {
      await ipvs.addService(web);
      await ipvs.addDestination(web, { address: '192.0.2.20', port: 80 });
      await ipvs.zero(web);
      await ipvs.zero();
      expect(await ipvs.services()).toEqual([{ ...web, ...plain }]);
      expect(await ipvs.destinations(web)).toEqual([{ ...idle, address: '192.0.2.20', port: 80 }]);
    });

    contractCase(bed, 'sync daemons with their defaults', async (ipvs) => {
      expect(await ipvs.daemons()).toEqual([]);
      await ipvs.startDaemon({ state: 'master', interface: 'd0' });
      await ipvs.startDaemon({ state: 'backup', interface: 'd0', syncId: 7 });
      const common = { interface: 'd0', maxLength: 1472, group: '224.0.0.81', port: 8848, ttl: 1 };
      expect(await ipvs.daemons()).toEqual([
        { ...common, state: 'master', syncId: 0 },
        { ...common, state: 'backup', syncId: 7 },
      ]);
      await ipvs.stopDaemon('master');
      expect((await ipvs.daemons()).map(({ state }) => state)).toEqual(['backup']);
      await ipvs.stopDaemon('backup');
      expect(await ipvs.daemons()).toEqual([]);
    });

    contractCase(bed, 'sync daemons with everything set', async (ipvs) => {
      const settings = { interface: 'd0', syncId: 255, maxLength: 1400, port: 9000, ttl: 5 };
      const master = { ...settings, state: 'master', group: '239.1.2.3' } as const;
      const backup = { ...settings, state: 'backup', group: 'ff02::81' } as const;
      await ipvs.startDaemon(master);
      await ipvs.startDaemon(backup);
      expect(await ipvs.daemons()).toEqual([master, backup]);
    });
  });
}
