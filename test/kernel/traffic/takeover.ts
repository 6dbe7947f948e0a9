import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ipvs } from '../../../src/ipvs/index.ts';
import { makeScene } from './cases.ts';
import type { Lab } from './lab.ts';
import { families, takeOver } from './network.ts';

/** A second director that goes on where the first has lost its links. It comes last: the first stays without them. */
export function takeoverTests(lab: Lab): void {
  describe('a second director', () => {
    const protocols = ['tcp', 'udp'] as const;
    const scenes = ['masquerade', 'direct routing', 'IPIP', 'GUE', 'GRE']
      .flatMap((way) =>
        families.flatMap((family) => protocols.map((protocol) => ({ way, family, outer: family, protocol }))),
      )
      .map((each, i) => makeScene(each, 4500 + i));
    const names = scenes.map(({ way, family, protocol }) => `${way} ${family} ${protocol}`);
    const byName = (answers: readonly string[]) => Object.fromEntries(names.map((name, i) => [name, answers[i]]));
    let backup: Ipvs;

    beforeAll(async () => {
      backup = await Ipvs.open({ netns: 'backup' });
    });
    afterAll(() => backup.close());

    test('takes over the connections that the sync daemon has told it', async () => {
      const { ipvs, peers } = lab;
      await peers.listen(scenes.flatMap(({ listeners }) => listeners));
      await ipvs.flush();
      for (const director of [ipvs, backup])
        for (const { service, destinations } of scenes) {
          await director.addService({ ...service, scheduler: 'rr' });
          for (const destination of destinations) await director.addDestination(service, destination);
        }
      await ipvs.setSysctls({ sync_threshold: { threshold: 0, period: 1 } });
      await backup.startDaemon({ state: 'backup', interface: 'sync', syncId: 1 });
      await ipvs.startDaemon({ state: 'master', interface: 'sync', syncId: 1 });

      const before = await peers.ask(scenes.map(({ question }, i) => ({ ...question, keep: names[i] as string })));
      expect(before.filter(isNobody)).toEqual([]);
      const told = async () => {
        const ports = new Set<number>();
        for await (const { virtual } of backup.connections({ origin: 'sync' })) ports.add(virtual.port);
        return ports.size;
      };
      await expect.poll(told, { timeout: 60_000 }).toBe(scenes.length);

      takeOver();
      // The bridges take a moment until they pass packets on to it; TCP sends again what was lost meanwhile, UDP does not.
      for (const protocol of protocols) {
        const some = scenes.filter((scene) => scene.protocol === protocol).map(({ question }) => question);
        expect((await peers.ask(some)).filter(isNobody)).toEqual([]);
      }
      const after = await peers.again(names);
      expect(byName(after)).toEqual(byName(before));
      const counted = async () => (await backup.statistics()).incomingPackets;
      await expect.poll(counted, { timeout: 60_000 }).toBeGreaterThanOrEqual(BigInt(2 * scenes.length));
      await peers.release(names);
    });
  });
}

function isNobody(answer: string): boolean {
  return !answer.startsWith('real');
}
