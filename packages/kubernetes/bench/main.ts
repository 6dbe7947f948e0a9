/**
 * `npm run bench [-- SIZE...]`: one endpoint changes at so many Services of ten endpoints each: the time from the write at the API
 * server until the kernel in memory has it, beside a full pass. Then a second agent on the same node, and the memory.
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
const rows = [
  ['Services', 'change p50', 'change p99', 'full pass', 'ratio', 'restart', 'writes', 'resident', 'growth'],
];
let first: number | undefined;
for (const size of sizes.length > 0 ? sizes : [1000, 5000, 10_000]) {
  const { changes, full, restart, writes, resident } = await measure(size);
  const [p50, p99] = [at(changes, 0.5), at(changes, 0.99)];
  first ??= p50;
  rows.push([
    `${size}`,
    `${p50.toFixed(1)} ms`,
    `${p99.toFixed(1)} ms`,
    `${full.toFixed(0)} ms`,
    `${(full / p50).toFixed(0)} x`,
    `${restart.toFixed(0)} ms`,
    `${writes}`,
    `${resident.toFixed(0)} MiB`,
    `${(p50 / first).toFixed(2)} x`,
  ]);
}
for (const row of rows) console.log(row.map((cell) => cell.padStart(11)).join(''));

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
  const changes: number[] = [];
  for (let i = 0; i < CHANGES; i++) {
    const begin = performance.now();
    const done = agent.next();
    server.update('endpointslices', slice((i * 37) % size, 1 + Math.floor(i / size)));
    if ((await done).changes === 0) throw new Error('nothing was changed');
    changes.push(performance.now() - begin);
  }
  const full = await agent.fullPass();
  await agent.stop();
  const begin = performance.now();
  const second = await start(server, node);
  const restart = performance.now() - begin;
  const { changes: commands, addresses, elements } = second.first;
  const writes = commands + addresses + elements;
  await second.stop();
  await server.stop();
  return { changes, full, restart, writes, resident };
}

/** Starts an agent, and waits for its first pass. */
async function start(server: ApiServer, node: MemoryNode) {
  const client = new ApiClient(async () => ({ server: server.url, options: {} }));
  const programmer = new Programmer(node.plane, { drainDeadline: 300, deadlines: memoryDeadlines() });
  let tell: (report: PassReport) => void = () => {};
  const next = () =>
    new Promise<PassReport>((resolve) => {
      tell = resolve;
    });
  const options = { services: 'all', syncPeriod: 86_400 } as const;
  const agent = new Agent(
    {
      source: (onChange) => ClusterSource.start(client, options, onChange),
      programmer,
      facts: async () => n1,
      observers: [
        {
          passed: (report) => tell(report),
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
  const isDone = next();
  const running = agent.run(end.signal);
  const first = await isDone;
  if (first.failures.length > 0) throw first.failures[0]?.error;
  return {
    first,
    next,
    async fullPass() {
      const begin = performance.now();
      await programmer.fullPass();
      return performance.now() - begin;
    },
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
  const last = (j: number) => (j === ENDPOINTS - 1 ? j + (turn % 5) : j);
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
