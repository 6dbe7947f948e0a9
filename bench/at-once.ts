import { Ipvs } from 'ipvs';
import { kernelOf } from '../test/support/netlink/kernel-of.ts';
import { type Figure, median } from './figures.ts';
import { idleKernel } from './idle-kernel.ts';

const CALLS = 10_000;
const AT_ONCE = [1000, 100, CALLS];
const WARM_UPS = 10;
const ROUNDS = 31;

const service = { protocol: 'tcp', address: '10.0.0.1', port: 80 } as const;

/** 10,000 calls of a warm process, so many in one `Promise.all`, with a kernel that takes no time. */
export async function callsAtOnce(): Promise<Figure[]> {
  await using ipvs = await Ipvs.open({ kernel: kernelOf(idleKernel(1, 1)) });
  const destinations = Array.from({ length: CALLS }, (_, i) => ({ address: `10.1.${i >> 8}.${i & 255}`, port: 80 }));
  const times = AT_ONCE.map((): number[] => []);
  for (let round = -WARM_UPS; round < ROUNDS; round++)
    for (const [i, size] of AT_ONCE.entries()) {
      const start = performance.now();
      for (let from = 0; from < CALLS; from += size)
        await Promise.all(destinations.slice(from, from + size).map((each) => ipvs.addDestination(service, each)));
      if (round >= 0) times[i]?.push(((performance.now() - start) * 1e6) / CALLS);
    }
  const [floor = []] = times;
  return times.map((all, i) => ({
    name: `${AT_ONCE[i]} at once`,
    value: median(all),
    unit: 'ns',
    ratio: median(all.map((value, round) => value / (floor[round] ?? Number.NaN))),
  }));
}
