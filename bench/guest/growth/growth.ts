/**
 * `growth.mjs CONNECT SIZE...`: programs so many services in each way, in fresh network namespaces, and prints a line of
 * JSON for each: the milliseconds of each step, kibibytes of the kernel's memory, and microseconds of a connection's set-up.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Latency } from '../../growth.ts';
import { type ClusterService, clusterServices, PORT } from './cluster.ts';
import type { Contender } from './contender.ts';
import { iptables } from './iptables.ts';
import { ipvsadm, ownApi } from './ipvs.ts';
import { Network } from './network.ts';
import { nftables } from './nftables.ts';
import { GivenUp, LIMIT } from './run.ts';

const contenders: Readonly<Record<string, (netns: string) => Contender>> = {
  'IPVS, this package': ownApi,
  'IPVS, ipvsadm': ipvsadm,
  'nftables, verdict map': nftables,
  'iptables, legacy': (netns) => iptables(netns, 'legacy'),
  'iptables, nft': (netns) => iptables(netns, 'nft'),
};

/** Repetitions of the steps that change little, and milliseconds after which none is begun. */
const [CHANGES, ENOUGH] = [5, 30_000];
/** Rounds of connections to three services in turns, and connections to each in a round. */
const [ROUNDS, CONNECTIONS] = [5, 1000];

const [connect = '', ...sizes] = process.argv.slice(2);
let turn = 0;
for (const size of sizes.map(Number))
  for (const name of Object.keys(contenders))
    console.log(JSON.stringify({ name, services: size, ...(await measure(name, size)) }));

async function measure(name: string, size: number) {
  await using network = await Network.create(`director${turn++}`, connect);
  const contender = (contenders[name] as (netns: string) => Contender)(network.director);
  await contender.prepare();
  const services = clusterServices(size);
  const before = await usedMemory();
  const program = await timed(contender.program(services)).catch((error) => {
    if (!(error instanceof GivenUp)) throw error;
  });
  if (program === undefined) return { givenUp: LIMIT };
  const memory = (await usedMemory()) - before;
  const added = await timedEach(clusterServices(CHANGES, size), (extra) => contender.addOne(extra));
  const changed = await timedEach(some(services, CHANGES), (service) => contender.changeOne(service));
  const latency = latencies(network, {
    first: services[0],
    middle: services[size >> 1],
    last: services.at(-1),
  });
  await contender.close();
  return { program, added, changed, memory, latency };
}

/** So many of them, evenly spread; fewer where there are fewer. */
function some<T>(items: readonly T[], count: number): T[] {
  const step = Math.max(1, Math.floor(items.length / count));
  return items.filter((_, i) => i % step === 0).slice(0, count);
}

async function timed(step: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await step();
  return performance.now() - start;
}

async function timedEach(services: readonly ClusterService[], step: (service: ClusterService) => () => Promise<void>) {
  const times: number[] = [];
  const start = performance.now();
  for (const service of services) if (performance.now() - start < ENOUGH) times.push(await timed(step(service)));
  return times;
}

/** Of each round, in microseconds. */
function latencies(network: Network, places: Readonly<Record<string, ClusterService | undefined>>) {
  const latency = Object.fromEntries(Object.keys(places).map((place) => [place, { p50: [], p99: [] } as Latency]));
  for (let round = 0; round < ROUNDS; round++)
    for (const [place, service] of Object.entries(places)) {
      const times = network.connect(service?.address ?? '', PORT, CONNECTIONS).sort((a, b) => a - b);
      const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] as number;
      latency[place]?.p50.push(at(0.5));
      latency[place]?.p99.push(at(0.99));
    }
  return latency;
}

/** KiB of the kernel's objects and tables, once it has freed what it frees later: a namespace before this one, for example. */
async function usedMemory(): Promise<number> {
  let used = readUsedMemory();
  for (let [same, tries] = [0, 0]; same < 4 && tries < 120; tries++) {
    await setTimeout(500);
    const next = readUsedMemory();
    same = Math.abs(next - used) < 128 ? same + 1 : 0;
    used = next;
  }
  return used;
}

/** Files that are cached have objects as well, but for the moment after they were dropped. */
function readUsedMemory(): number {
  writeFileSync('/proc/sys/vm/drop_caches', '3');
  const lines = readFileSync('/proc/meminfo', 'utf8').split('\n');
  const sizes = new Map(lines.map((line) => [line.split(':')[0], Number(/\d+/.exec(line)?.[0])]));
  return ['Slab', 'VmallocUsed', 'Percpu'].reduce((sum, field) => sum + (sizes.get(field) ?? 0), 0);
}
