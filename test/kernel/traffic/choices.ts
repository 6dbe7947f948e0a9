import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ServiceSpec } from '../../../src/ipvs/index.ts';
import { isPossible, makeScene, ways } from './cases.ts';
import type { Lab } from './lab.ts';
import { addresses, families, reals } from './network.ts';
import type { Question } from './peers.ts';

/** What a service decides beside its scheduler, by who answers. */
export function choiceTests(lab: Lab): void {
  describe.each(families)('what a service of %s decides', (family) => {
    const { client, neighbour, stranger, vip, ...own } = addresses[family];
    const ports = { http: 80, https: 443, few: 82, masked: 83, single: 84, brief: 85 };
    const destinations = (port: number) => reals.map((real) => ({ address: own[real], port }));
    const question = (protocol: 'tcp' | 'udp', port: number, from = client): Question => {
      return { place: 'client', protocol, address: vip, port, from: [from, 0] };
    };
    // Connections are polled: while others expire, the kernel's listing leaves some out.
    const askOne = async (each: Question) => (await lab.peers.ask([each]))[0];

    beforeAll(async () => {
      const listeners = reals.flatMap((place) =>
        Object.values(ports).flatMap((port) =>
          (['tcp', 'udp'] as const).map((protocol) => ({ place, protocol, address: own[place], port })),
        ),
      );
      const direct = reals.map((place) => ({ place, protocol: 'udp', address: vip, port: ports.single }) as const);
      await lab.peers.listen([...listeners, ...direct]);
    });
    beforeEach(async () => {
      await lab.ipvs.flush();
    });

    test('a firewall mark and persistence keep a client at one server, whatever port and protocol', async () => {
      const service = { fwmark: 7, family } as const;
      const matches = [
        `-p tcp --dport ${ports.http}`,
        `-p tcp --dport ${ports.https}`,
        `-p udp --dport ${ports.https}`,
      ];
      lab.mark(
        family,
        matches.map((match) => ({ match, mark: service.fwmark })),
      );
      await lab.ipvs.addService({ ...service, scheduler: 'rr', persistence: { timeout: 300 } });
      for (const destination of destinations(0)) await lab.ipvs.addDestination(service, destination);
      const of = async (from: string) => [
        await askOne(question('tcp', ports.http, from)),
        await askOne(question('tcp', ports.https, from)),
        await askOne(question('udp', ports.https, from)),
      ];
      const [first, second] = [await of(client), await of(neighbour)];
      expect(new Set(first).size).toBe(1);
      expect(new Set(second).size).toBe(1);
      expect([first[0], second[0]].sort()).toEqual(reals);
      await expect.poll(() => lab.connections({ service })).toHaveLength(2);
    });

    test('a mask of persistence keeps neighbours at one server', async () => {
      const service = { protocol: 'tcp', address: vip, port: ports.masked } as const;
      const spec: ServiceSpec =
        family === 'inet'
          ? { ...service, persistence: { netmask: '255.255.255.240' } }
          : { ...service, persistence: { prefixLength: 124 } };
      await lab.ipvs.addService({ ...spec, scheduler: 'rr' });
      for (const destination of destinations(ports.masked)) await lab.ipvs.addDestination(service, destination);
      const answers = [];
      for (const from of [client, neighbour, stranger, neighbour, client])
        answers.push(await askOne(question('tcp', ports.masked, from)));
      const [one, , other] = answers;
      expect(answers).toEqual([one, one, other, one, one]);
      expect([one, other].sort()).toEqual(reals);
    });

    test('each packet of a flow is scheduled by itself with one-packet scheduling', async () => {
      const service = { protocol: 'udp', address: vip, port: ports.single } as const;
      await lab.ipvs.addService({ ...service, scheduler: 'rr' });
      // Of a packet that was scheduled by itself nothing is left that would lead its answer back, so masquerading is of no use.
      for (const destination of destinations(ports.single))
        await lab.ipvs.addDestination(service, { ...destination, forwarding: 'direct-route' });
      const ask = async () => {
        const answers = await lab.peers.ask([{ ...question('udp', ports.single), keep: 'flow' }]);
        for (let i = 0; i < 3; i++) answers.push(...(await lab.peers.again(['flow'])));
        await lab.peers.release(['flow']);
        return answers;
      };
      const [one] = await ask();
      await expect.poll(() => lab.connections({ service })).toHaveLength(1);
      await lab.ipvs.patchService(service, { flags: { 'one-packet': true } });
      const [other] = reals.filter((real) => real !== one);
      expect(await ask()).toEqual([other, one, other, one]);
      await expect.poll(() => lab.connections({ service })).toHaveLength(1);
    });

    test('a server at its threshold gets no more: others do, and once all are full clients are refused', async () => {
      const service = { protocol: 'tcp', address: vip, port: ports.few } as const;
      await lab.ipvs.addService({ ...service, scheduler: 'rr' });
      const [one, other] = destinations(ports.few) as [
        { address: string; port: number },
        { address: string; port: number },
      ];
      await lab.ipvs.addDestination(service, { ...one, upperThreshold: 1 });
      await lab.ipvs.addDestination(service, { ...other, upperThreshold: 3 });
      const answers = [];
      const names = ['a', 'b', 'c', 'd', 'e', 'f'];
      for (const keep of names) {
        if (keep === 'f') await lab.ipvs.patchDestination(service, one, { upperThreshold: 2 });
        answers.push(await askOne({ ...question('tcp', ports.few), keep }));
      }
      await lab.peers.release(names);
      expect(answers.slice(0, 4).sort()).toEqual(['real1', 'real2', 'real2', 'real2']);
      expect(answers.slice(4)).toEqual(['ECONNREFUSED', 'real1']);
    });

    test('a server that was full gets connections again once it has fewer than its lower threshold', async () => {
      const service = { protocol: 'udp', address: vip, port: ports.brief } as const;
      await lab.ipvs.addService({ ...service, scheduler: 'rr' });
      const [one] = destinations(ports.brief) as [{ address: string; port: number }];
      await lab.ipvs.addDestination(service, { ...one, upperThreshold: 2, lowerThreshold: 1 });
      await lab.ipvs.setTimeouts({ udp: 2 });
      const answers = await lab.peers.ask([0, 1, 2].map(() => question('udp', ports.brief)));
      expect(answers.sort()).toEqual(['ECONNREFUSED', 'real1', 'real1']);
      await expect.poll(() => askOne(question('udp', ports.brief)), { timeout: 60_000, interval: 500 }).toBe('real1');
      await lab.ipvs.setTimeouts({ udp: 300 });
    });

    test('questions longer than a packet get through each tunnel', async () => {
      const protocol = 'tcp' as const;
      const all = Object.keys(ways)
        .filter((way) => way !== 'local' && way !== 'bypass')
        .flatMap((way) => families.map((outer) => ({ way, family, outer, protocol })))
        .filter(isPossible)
        .map((each, i) => makeScene(each, 4000 + 100 * families.indexOf(family) + i));
      await lab.peers.listen(all.flatMap(({ listeners }) => listeners));
      for (const { service, destinations: few } of all) {
        await lab.ipvs.addService({ ...service, scheduler: 'rr' });
        for (const destination of few) await lab.ipvs.addDestination(service, destination);
      }
      const answers = await lab.peers.ask(all.map((each) => ({ ...each.question, size: 100_000 })));
      expect(Object.fromEntries(all.map(({ way, outer }, i) => [`${way} ${outer}`, answers[i]]))).toEqual(
        Object.fromEntries(all.map(({ way, outer }) => [`${way} ${outer}`, expect.stringMatching(/^real[12]$/)])),
      );
    });
  });
}
