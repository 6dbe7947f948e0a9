import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError, Ipvs } from '../../../src/ipvs/index.ts';
import { type Case, cases, isPossible, type Prepared, prepare, serversOf } from './cases.ts';
import { ask } from './client.ts';
import { makeNetwork, reals, removeNetwork } from './network.ts';
import { type Listening, Servers } from './servers.ts';

/** The estimator brings the counters up to date every two seconds (net/netfilter/ipvs/ip_vs_est.c). */
const ESTIMATED = 2500;
const FIRST_PORT = 5000;

/** A case and what was seen: who answered the client's two questions. */
export interface Seen extends Case {
  readonly answers: readonly string[];
}

export function matrixTests(): void {
  describe('traffic by every way to a destination', () => {
    const prepared = cases.filter(isPossible).map((each, i) => prepare(each, FIRST_PORT + i));
    const servers = new Servers();
    let ipvs: Ipvs;
    let seen: Seen[] = [];

    beforeAll(async () => {
      makeNetwork();
      markDatagrams(prepared);
      ipvs = await Ipvs.open({ netns: 'director' });
      for (const { service, destinations } of prepared) {
        await ipvs.addService({ ...service, scheduler: 'rr' });
        for (const destination of destinations) await ipvs.addDestination(service, destination);
      }
      for (const place of reals)
        await servers.listen(
          place,
          prepared.flatMap((each) => listeners(each, place)),
        );
      await servers.listen('director', prepared.filter(({ way }) => way === 'local').map(questionOf));
      const answers = await ask(prepared.flatMap((each) => [questionOf(each), questionOf(each)]));
      seen = prepared.map(({ way, family, outer, protocol }, i) => ({
        way,
        family,
        outer,
        protocol,
        answers: answers.slice(2 * i, 2 * i + 2).sort(),
      }));
      save(seen);
      await setTimeout(ESTIMATED);
    });
    afterAll(async () => {
      await servers.close();
      await ipvs?.close();
      removeNetwork();
    });

    test.each(prepared.map((each, i) => [nameOf(each), each, i] as const))('%s', async (_, each, i) => {
      expect(seen[i]?.answers).toEqual(serversOf(each));
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

/** What a client says to the service; packets with a mark are datagrams. */
function questionOf({ protocol, address, port }: Prepared): Listening {
  return { protocol: protocol === 'mark' ? 'udp' : protocol, address, port };
}

/** Masqueraded packets come to the server's own address, all others to the service's. */
function listeners(each: Prepared, place: (typeof reals)[number]): Listening[] {
  if (each.way === 'local' || (each.way === 'bypass' && place !== 'real1')) return [];
  if (each.way !== 'masquerade') return [questionOf(each)];
  const { address = '', port = 0 } = each.destinations[reals.indexOf(place)] ?? {};
  return [{ ...questionOf(each), address, port }];
}

/** Marks the datagrams of the services that have a mark, each with its port's number. */
function markDatagrams(all: readonly Prepared[]): void {
  const marked = all.filter(({ protocol }) => protocol === 'mark');
  const rules = marked.map(({ port }) => `-A PREROUTING -i front -p udp --dport ${port} -j MARK --set-mark ${port}`);
  const input = ['*mangle', ...rules, 'COMMIT', ''].join('\n');
  for (const program of ['iptables-legacy-restore', 'ip6tables-legacy-restore'])
    execFileSync('ip', ['netns', 'exec', 'director', program], { input });
}

/** Keeps what was seen, where `npm run traffic` has asked for it. */
function save(seen: readonly Seen[]): void {
  const { IPVS_OUT: out } = process.env;
  if (!out) return;
  mkdirSync(join(out, 'traffic'), { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(join(out, 'traffic/ways.json'), JSON.stringify({ kernel: release(), date, seen }));
}
