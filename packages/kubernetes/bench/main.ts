/**
 * `npm run bench [-- SIZE...]`: one endpoint changes at so many Services of ten endpoints each: the time from the write at the API
 * server until the kernel in memory has it, while nothing else happens and while one full pass follows the other. Then a second
 * agent on the same node, and the memory.
 */
import { memoryDeadlines } from 'ipvs/reconcile';
import { Agent, type PassReport } from '../src/agent/agent.ts';
import { ClusterSource } from '../src/agent/cluster-source.ts';
import { Programmer } from '../src/agent/programmer.ts';
import { ApiClient } from '../src/api/api-client.ts';
import { systemClock } from '../src/api/clock.ts';
import { ApiServer } from '../test/api-server/api-server.ts';
import { n1 } from '../test/support/desired.ts';
import { MemoryNode } from '../test/support/memory-node.ts';

const ENDPOINTS = 10;
const CHANGES = 200;

const sizes = process.argv.slice(2).map(Number);
const rows: string[][] = [
  ['', '', 'quiet', '', 'full passes', '', 'full pass', '', 'restart', '', 'memory'],
  ['Services', 'growth', 'p50', 'p99', 'p50', 'p99', 'takes', 'ratio', 'takes', 'writes', 'resident'],
];
let smallest: number | undefined;
for (const size of sizes.length > 0 ? sizes : [1000, 5000, 10_000]) {
  const { quiet, busy, full, restart, writes, resident } = await measure(size);
  const p50 = at(quiet, 0.5);
  smallest ??= p50;
  rows.push([
    `${size}`,
    `${(p50 / smallest).toFixed(2)} x`,
    ...[quiet, busy].flatMap((changes) => [0.5, 0.99].map((share) => `${at(changes, share).toFixed(1)} ms`)),
    `${full.toFixed(0)} ms`,
    `${(full / p50).toFixed(0)} x`,
    `${restart.toFixed(0)} ms`,
    `${writes}`,
    `${resident.toFixed(0)} MiB`,
  ]);
}
for (const row of rows) console.log(row.map((cell) => cell.padStart(12)).join(''));

async function measure(size: number) {
  const server = await ApiServer.start();
  for (let i = 0; i < size; i++) {
    server.create('services', service(i));
    server.create('endpointslices', slice(i, 0));
  }
  const before = residentSize();
  await using node = await MemoryNode.create({ keepRequests: 0 });
  const agent = await start(server, node);
  const resident = residentSize() - before;
  const quiet = await change(server, agent, 1);
  await agent.stop();

  const begin = performance.now();
  const second = await start(server, node, { syncPeriod: 0 });
  const restart = performance.now() - begin;
  const writes = second.first.changes + second.first.addresses + second.first.elements;
  const busy = await change(server, second, 2);
  const full = at(second.fullPasses, 0.5);
  await second.stop();
  await server.stop();
  return { quiet, busy, full, restart, writes, resident };

  /** Changes one endpoint after the other, at Services all over the table. */
  async function change(server: ApiServer, { next }: Pick<typeof agent, 'next'>, turn: number): Promise<number[]> {
    const times: number[] = [];
    for (let i = 0; i < CHANGES; i++) {
      const begin = performance.now();
      const done = next(({ changes }) => changes > 0);
      server.update('endpointslices', slice((i * 37) % size, turn + Math.floor((i * 37) / size)));
      await done;
      times.push(performance.now() - begin);
      // At another moment of the full pass than the last one.
      await new Promise((resolve) => setTimeout(resolve, (i * 7) % 31));
    }
    return times;
  }
}

/** Starts an agent, and waits for its first full pass. */
async function start(server: ApiServer, node: MemoryNode, { syncPeriod = 86_400 } = {}) {
  const client = new ApiClient(async () => ({ server: server.url, options: {} }));
  const programmer = new Programmer(node.plane, { drainDeadline: 300, deadlines: memoryDeadlines() });
  let tell: (report: PassReport) => void = () => {};
  const next = (isMeant: (report: PassReport) => boolean) =>
    new Promise<PassReport>((resolve) => {
      tell = (report) => {
        if (isMeant(report)) resolve(report);
      };
    });
  const options = { services: 'all', syncPeriod } as const;
  const fullPasses: number[] = [];
  const agent = new Agent(
    {
      source: (onChange) => ClusterSource.start(client, options, onChange),
      programmer,
      facts: async () => n1,
      observers: [
        {
          passed: (report) => {
            if (report.full) fullPasses.push(report.duration);
            tell(report);
          },
          failed: (error) => {
            throw error;
          },
        },
      ],
      clock: systemClock,
    },
    options,
  );
  const end = new AbortController();
  const isDone = next(({ full }) => full);
  const running = agent.run(end.signal);
  const first = await isDone;
  if (first.failures.length > 0) throw first.failures[0]?.error;
  return {
    first,
    next,
    fullPasses,
    async stop() {
      end.abort();
      await running;
      client.close();
    },
  };
}

function service(i: number) {
  const clusterIP = `10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
  return {
    metadata: { name: `service-${i}`, namespace: 'default' },
    spec: { clusterIP, clusterIPs: [clusterIP], ports: [{ port: 80 }] },
  };
}

/** The slice of a Service; with another `turn`, the last endpoint is another one. */
function slice(i: number, turn: number) {
  const address = (j: number) => `10.${(244 + (i >> 12)) & 255}.${(i >> 4) & 255}.${((i & 15) << 4) + j}`;
  const last = (j: number) => (j === ENDPOINTS - 1 && turn > 0 ? j + 1 + (turn % 4) : j);
  return {
    metadata: {
      name: `service-${i}-1`,
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': `service-${i}` },
    },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: Array.from({ length: ENDPOINTS }, (_, j) => ({
      addresses: [address(last(j) + 1)],
      nodeName: 'n2',
      conditions: { ready: true },
    })),
  };
}

function at(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function residentSize(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss / 2 ** 20;
}
