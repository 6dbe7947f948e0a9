import { expect, test } from 'vitest';
import { Ipvs } from '../../../src/ipvs/index.ts';
import { FakeKernel } from '../../../src/testing/index.ts';
import { Random } from '../random.ts';
import { fakeSide } from './fake-side.ts';
import { play } from './scenario.ts';
import { deviations, twosScenario } from './twos.ts';

const web = { protocol: 'udp', address: '192.0.2.10', port: 80 } as const;

/** A service with servers 10.0.0.1, 10.0.0.2, … of these weights. */
async function kernelWith(scheduler: string, weights: readonly number[]) {
  const kernel = new FakeKernel();
  const ipvs = await Ipvs.open({ kernel });
  await ipvs.addService({ ...web, scheduler });
  for (const [i, weight] of weights.entries())
    await ipvs.addDestination(web, { address: `10.0.0.${i + 1}`, port: 80, weight });
  /** Where each of some clients goes; no connection stays. */
  const choose = (clients: number) =>
    Array.from({ length: clients }, (_, i) => {
      const source = { address: `198.18.${i >> 8}.${i & 255}`, port: 1024 };
      const connection = kernel.schedule({
        protocol: 'udp',
        source,
        virtual: { address: web.address, port: web.port },
      });
      connection?.expire();
      return connection?.destination.address ?? '-';
    });
  return { ipvs, choose };
}

function counts(chosen: readonly string[], servers: number): number[] {
  return Array.from({ length: servers }, (_, i) => chosen.filter((address) => address === `10.0.0.${i + 1}`).length);
}

test('wrr gives each server exactly its weight in every round', async () => {
  const { choose } = await kernelWith('wrr', [3, 6, 9, 12]);
  const chosen = choose(1000);
  for (let start = 0; start + 10 <= chosen.length; start += 10)
    expect(counts(chosen.slice(start, start + 10), 4)).toEqual([1, 2, 3, 4]);
});

test('twos without load draws by weight, within what chance allows', async () => {
  const random = new Random(7);
  const scenario = twosScenario(20_000);
  await using fake = await fakeSide(scenario, { random: () => random.below(2 ** 32) / 2 ** 32 });
  const choices: string[] = [];
  for await (const outcome of play(scenario, fake)) choices.push(...outcome.choices);
  expect(choices).toHaveLength(20_000);
  for (const deviation of deviations(choices)) expect(Math.abs(deviation)).toBeLessThan(5);
});

test('removing a server moves few other clients under mh, and most under sh', async () => {
  const moved = async (scheduler: string) => {
    const { ipvs, choose } = await kernelWith(scheduler, Array(10).fill(1));
    const before = choose(5000);
    await ipvs.removeDestination(web, { address: '10.0.0.5', port: 80 });
    const after = choose(5000);
    return before.filter((server, i) => server !== '10.0.0.5' && server !== after[i]).length / 5000;
  };
  expect(await moved('mh')).toBeLessThan(0.02);
  expect(await moved('sh')).toBeGreaterThan(0.7);
});

test.each(['sh', 'mh'])(
  'a server of weight 0 keeps its clients from others under %s, but for the flag',
  async (scheduler) => {
    const { ipvs, choose } = await kernelWith(scheduler, [1, 1, 1]);
    const before = choose(500);
    await ipvs.patchDestination(web, { address: '10.0.0.2', port: 80 }, { weight: 0 });
    expect(choose(500)).toEqual(before.map((server) => (server === '10.0.0.2' ? '-' : server)));
    await ipvs.patchService(web, { flags: { [`${scheduler}-fallback`]: true } });
    const after = choose(500);
    expect(after).not.toContain('10.0.0.2');
    expect(after.map((server, i) => before[i] === '10.0.0.2' || server === before[i])).not.toContain(false);
  },
);
