import { execFileSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError, Ipvs } from '../../../src/ipvs/index.ts';
import { type Case, cases, isPossible, type Prepared, prepare, serversOf } from './cases.ts';
import { addresses, makeNetwork, reals, removeNetwork } from './network.ts';
import { type Listener, Peers, type Question } from './peers.ts';

/** The estimator brings the counters up to date every two seconds (net/netfilter/ipvs/ip_vs_est.c). */
const ESTIMATED = 2500;
const FIRST_PORT = 5000;

export function matrixTests(): void {
  describe('traffic by every way to a destination', () => {
    const prepared = cases.filter(isPossible).map((each, i) => prepare(each, FIRST_PORT + i));
    let peers: Peers;
    let ipvs: Ipvs;
    let answers: string[][] = [];

    beforeAll(async () => {
      console.log('network');
      makeNetwork();
      markDatagrams(prepared);
      console.log('services');
      ipvs = await Ipvs.open({ netns: 'director' });
      for (const { service, destinations } of prepared) {
        await ipvs.addService({ ...service, scheduler: 'rr' });
        for (const destination of destinations) await ipvs.addDestination(service, destination);
      }
      peers = new Peers();
      console.log('listen');
      await peers.listen(prepared.flatMap(listeners));
      console.log('ask');
      const all = await peers.ask(prepared.flatMap((each) => [questionOf(each), questionOf(each)]));
      console.log('asked');
      answers = prepared.map((_, i) => all.slice(2 * i, 2 * i + 2).sort());
      await setTimeout(ESTIMATED);
    });
    afterAll(async () => {
      await peers?.close();
      await ipvs?.close();
      removeNetwork();
    });

    test.each(prepared.map((each, i) => [nameOf(each), each, i] as const))('%s', async (_, each, i) => {
      expect(answers[i]).toEqual(serversOf(each));
      const { statistics } = (await ipvs.service(each.service)) ?? {};
      expect(statistics?.connections).toBe(2n);
      expect(statistics?.incomingPackets).toBeGreaterThanOrEqual(2n);
      // Answers pass IPVS where it has rewritten the questions.
      if (each.way === 'masquerade') expect(statistics?.outgoingPackets).toBeGreaterThanOrEqual(2n);
      else expect(statistics?.outgoingPackets).toBe(0n);
    });

    test('the table of connections tells the destination of each', async () => {
      const connections = new Map<number, string[]>();
      for await (const { virtual, destination } of ipvs.connections())
        connections.set(virtual.port, [...(connections.get(virtual.port) ?? []), destination.address].sort());
      for (const { port, destinations, way, family, outer, protocol } of prepared) {
        const [one, other = one] = destinations.map(({ address }) => address);
        expect(connections.get(port), nameOf({ way, family, outer, protocol })).toEqual([one, other]);
      }
    });

    test.each(cases.filter((each) => !isPossible(each)).map((each) => [nameOf(each), each] as const))(
      '%s is refused',
      async (_, each) => {
        const { service, destinations } = prepare(each, 4999);
        await ipvs.addService({ ...service, scheduler: 'rr' });
        await expect(
          ipvs.addDestination(service, destinations[0] as { address: string; port: number }),
        ).rejects.toThrow(InputError);
        await ipvs.removeService(service);
      },
    );
  });
}

function nameOf({ way, family, outer, protocol }: Case): string {
  return `${way}, ${protocol}, ${family}${family === outer ? '' : ` in ${outer}`}`;
}

/** Packets with a mark are datagrams. */
function socketOf({ protocol, address, port }: Prepared): Omit<Listener, 'place'> {
  return { protocol: protocol === 'mark' ? 'udp' : protocol, address, port };
}

function questionOf(each: Prepared): Question {
  return { ...socketOf(each), place: 'client', from: [addresses[each.family].client, 0] };
}

/** Masqueraded packets come to the server's own address, all others to the service's. */
function listeners(each: Prepared): Listener[] {
  if (each.way === 'local') return [{ ...socketOf(each), place: 'director' }];
  return each.destinations.map(({ address }, i) => ({
    ...socketOf(each),
    place: reals[i] as string,
    ...(each.way === 'masquerade' && { address }),
  }));
}

/** Marks the datagrams of the services that have a mark, each with its port's number. */
function markDatagrams(all: readonly Prepared[]): void {
  const marked = all.filter(({ protocol }) => protocol === 'mark');
  const rules = marked.map(({ port }) => `-A PREROUTING -i front -p udp --dport ${port} -j MARK --set-mark ${port}`);
  const input = ['*mangle', ...rules, 'COMMIT', ''].join('\n');
  for (const program of ['iptables-legacy-restore', 'ip6tables-legacy-restore'])
    execFileSync('ip', ['netns', 'exec', 'director', program], { input });
}
