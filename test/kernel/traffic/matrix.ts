import { mkdirSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/ipvs/index.ts';
import { cases, isPossible, makeScene, nameOf, type Scene, schedulers } from './cases.ts';
import type { Lab } from './lab.ts';
import { addresses, families } from './network.ts';
import { isRight, type Seen } from './seen.ts';

/** The estimator brings the counters up to date every two seconds (net/netfilter/ipvs/ip_vs_est.c). */
const ESTIMATED = 2500;
const FIRST_PORT = 5000;
const FIRST_CLIENT_PORT = 20_000;

/** The schedulers that a run by hand sees by every way, or `all`; else only `rr` is, the others with masquerading. */
const whole = process.env['IPVS_TRAFFIC']?.split(',') ?? [];
const isWhole = (scheduler: string) => ['rr', ...whole].includes(whole.includes('all') ? 'rr' : scheduler);

/** Two questions to every service, again with each scheduler. */
export function matrixTests(lab: Lab): void {
  describe('traffic by every way to a destination', () => {
    const scenes = cases.filter(isPossible).map((each, i) => makeScene(each, FIRST_PORT + i));
    const asked = new Map<Scene, number>();
    const seen: Record<string, Seen['answers'][string]> = {};

    beforeAll(async () => {
      const { ipvs, peers } = lab;
      for (const family of families) {
        const marked = scenes.filter((scene) => scene.protocol === 'mark' && scene.family === family);
        lab.mark(
          family,
          marked.map(({ question: { port } }) => ({ match: `-p udp --dport ${port}`, mark: port })),
        );
      }
      await Promise.all(scenes.map(({ service }) => ipvs.addService({ ...service, scheduler: 'rr' })));
      for (const { service, destinations } of scenes)
        for (const destination of destinations) await ipvs.addDestination(service, destination);
      await peers.listen(scenes.flatMap(({ listeners }) => listeners));
    });
    afterAll(() => save(seen));

    test.each(schedulers)('is answered with the scheduler %s', async (scheduler) => {
      const { ipvs, peers } = lab;
      const rows: Record<string, Record<string, readonly string[]>> = {};
      seen[scheduler] = rows;
      const { schedulers: loadable } = await ipvs.features({ schedulers: [scheduler] });
      if (!loadable?.includes(scheduler)) {
        const [first] = scenes as [Scene];
        const refused = { reason: 'no-such-scheduler' };
        return expect(ipvs.updateService({ ...first.service, scheduler })).rejects.toMatchObject(refused);
      }
      const chosen = isWhole(scheduler) ? scenes : scenes.filter(({ way }) => way === 'masquerade');
      await Promise.all(chosen.map(({ service }) => ipvs.updateService({ ...service, scheduler })));
      // Ports of their own: a connection from the port of one that is not forgotten would go where that went.
      const port = FIRST_CLIENT_PORT + 2 * schedulers.indexOf(scheduler);
      const questions = chosen.flatMap(({ family, question }) =>
        [port, port + 1].map((from) => ({
          ...question,
          from: [addresses[family].client, from] as const,
          keep: `${from} ${question.port}`,
        })),
      );
      const answers = await peers.ask(questions);
      if (scheduler === 'rr') await expectConnections(lab, chosen);
      await peers.release(questions.map(({ keep }) => keep));

      const wrong: string[] = [];
      for (const [i, scene] of chosen.entries()) {
        const both = answers.slice(2 * i, 2 * i + 2).sort();
        rows[scene.way] = { ...rows[scene.way], [nameOf(scene)]: both };
        if (!isRight(scheduler, scene, both)) wrong.push(`${titleOf(scene)}: ${both}`);
        asked.set(scene, (asked.get(scene) ?? 0) + 2);
      }
      expect(wrong).toEqual([]);
    });

    test('is counted, and so are the answers that pass IPVS', async () => {
      await setTimeout(ESTIMATED);
      for (const scene of scenes) {
        const title = titleOf(scene);
        const { connections, incomingPackets, outgoingPackets } = await lab.statistics(scene.service);
        expect(connections, title).toBe(BigInt(asked.get(scene) ?? 0));
        expect(incomingPackets, title).toBeGreaterThanOrEqual(connections);
        // Those that the director has rewritten, or given itself.
        if (scene.way === 'masquerade' || scene.way === 'local')
          expect(outgoingPackets, title).toBeGreaterThanOrEqual(connections);
        else expect(outgoingPackets, title).toBe(0n);
        const each = (await lab.ipvs.destinations(scene.service)).map(({ statistics }) => statistics.connections);
        expect(
          each.reduce((sum, count) => sum + count, 0n),
          title,
        ).toBe(connections);
      }
    });

    test('of one family by a destination of the other is refused but by tunnels', async () => {
      for (const each of cases.filter((each) => !isPossible(each))) {
        const { service, destinations } = makeScene(each, FIRST_PORT - 1);
        await lab.ipvs.addService({ ...service, scheduler: 'rr' });
        for (const destination of destinations)
          await expect(lab.ipvs.addDestination(service, destination)).rejects.toThrow(InputError);
        await lab.ipvs.removeService(service);
      }
    });
  });
}

function titleOf(scene: Scene): string {
  return `${scene.way}, ${nameOf(scene)}`;
}

/** Two connections are open to each service, one to each of its destinations. */
async function expectConnections(lab: Lab, scenes: readonly Scene[]): Promise<void> {
  const found = new Map<number, string[]>();
  for (const { virtual, destination } of await lab.connections())
    found.set(virtual.port, [...(found.get(virtual.port) ?? []), destination.address].sort());
  for (const scene of scenes) {
    const [one, other = one] = scene.destinations.map(({ address }) => address);
    expect(found.get(scene.question.port), titleOf(scene)).toEqual([one, other]);
  }
}

/** Keeps what was seen, where `npm run traffic` has asked for it. */
function save(answers: Seen['answers']): void {
  const { IPVS_OUT: out } = process.env;
  if (!out) return;
  mkdirSync(join(out, 'traffic'), { recursive: true });
  const seen: Seen = { release: release(), answers };
  writeFileSync(join(out, 'traffic/seen.json'), JSON.stringify(seen));
}
