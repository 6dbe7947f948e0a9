import { describe, expect } from 'vitest';
import { type Bed, contractCase } from './bed.ts';
import { plain, web } from './expected.ts';

export function batchContract(bed: Bed): void {
  describe('batches', () => {
    contractCase(bed, 'calls of one tick are carried out in order, each with its own result', async (ipvs) => {
      const results = await Promise.allSettled([
        ipvs.addService(web),
        ipvs.service(web),
        ipvs.addService(web),
        ipvs.timeouts(),
        ipvs.removeService({ ...web, port: 81 }),
        ipvs.addService({ ...web, port: 70000 }),
        ipvs.services(),
        ipvs.removeService(web),
        ipvs.services(),
        ipvs.service(web),
      ]);
      const outcomes = results.map((each) =>
        each.status === 'fulfilled' ? each.value : (each.reason.reason ?? each.reason.code),
      );
      expect(outcomes).toEqual([
        undefined,
        { ...web, ...plain },
        'service-exists',
        { tcp: 900, tcpFin: 120, udp: 300 },
        'no-such-service',
        'ERR_INPUT',
        [{ ...web, ...plain }],
        undefined,
        [],
        undefined,
      ]);
    });

    contractCase(bed, 'a call that is given up before it is sent is not carried out', async (ipvs) => {
      const controller = new AbortController();
      const listing = ipvs.services({ signal: controller.signal });
      const adding = ipvs.addService(web);
      controller.abort(new Error('given up'));
      await expect(listing).rejects.toThrow('given up');
      await adding;
      expect(await ipvs.services({ signal: new AbortController().signal })).toEqual([{ ...web, ...plain }]);
    });

    contractCase(bed, 'closing waits for what is under way', async (ipvs) => {
      const adding = ipvs.addService(web);
      const closing = ipvs.close();
      await expect(ipvs.services()).rejects.toMatchObject({ code: 'ERR_NETLINK_CLOSED' });
      await adding;
      await closing;
      await ipvs.close();
    });
  });
}
