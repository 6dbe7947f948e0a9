import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { enterFreshNamespace } from '../support/linux/namespace.ts';

const SERVICES = 10_000;
const EACH = 10;
const LIMIT = 64 * 1024 * 1024;

export function sizeTests(): void {
  describe('a table of 10,000 services with 10 destinations each', () => {
    test('is read with little memory', { timeout: 400_000 }, async () => {
      enterFreshNamespace();
      const ipvs = await Ipvs.open();
      for (let i = 0; i < SERVICES; i += 500)
        await Promise.all(Array.from({ length: 500 }, (_, j) => addService(ipvs, i + j)).flat());

      const before = liveHeap();
      let [services, destinations, peak] = [0, 0, 0];
      for await (const entry of ipvs.table()) {
        services++;
        destinations += entry.destinations.length;
        if (services % 2500 === 1) peak = Math.max(peak, liveHeap() - before);
      }
      expect([services, destinations]).toEqual([SERVICES, SERVICES * EACH]);
      expect(peak).toBeLessThan(LIMIT);
      await ipvs.flush();
      await ipvs.close();
    });
  });
}

/** What is on the heap and in use, garbage aside. */
function liveHeap(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

function addService(ipvs: Ipvs, i: number): Promise<void>[] {
  const service = { protocol: 'tcp', address: `10.0.${i >> 8}.${i & 255}`, port: 80 } as const;
  const destinations = Array.from({ length: EACH }, (_, j) => ({ address: `172.16.0.${j + 1}`, port: 8080 }));
  return [ipvs.addService(service), ...destinations.map((destination) => ipvs.addDestination(service, destination))];
}
