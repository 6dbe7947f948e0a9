import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Cluster } from './cluster.ts';
import { NODE } from './network.ts';

/** Connections a second, half of them each by a pod and by a client outside; IPVS_RATE for machines that can do more. */
const RATE = Number(process.env['IPVS_RATE'] ?? 20);
/** Milliseconds that a pod goes on to accept connections when it is told to end, as by a `preStop` hook. */
const GRACE = 1000;

const VIP = '10.96.0.10';
const ports = [{ name: '', port: 8080, protocol: 'TCP' }];
/** A pod on each node, before and after. */
const [OLD1, OLD2, NEW1, NEW2] = ['10.244.1.3', '10.244.2.3', '10.244.1.4', '10.244.2.4'];

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.open();
  const spec = { type: 'NodePort', clusterIP: VIP, ports: [{ name: '', port: 80, protocol: 'TCP', nodePort: 30080 }] };
  cluster.service('web', spec);
  want(`${OLD1}@n1`, `${OLD2}@n2`);
  await cluster.startAgent();
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

function want(...endpoints: string[]): void {
  cluster.slice('web', 'web', ports, endpoints);
}

/** Waits until connections go to these alone, at the cluster IP and the node port. */
async function leadsTo(...addresses: string[]): Promise<void> {
  const places = addresses.map((address) => `${address}:8080`);
  for (const service of [`${VIP}:80`, `${NODE.outside}:30080`]) await cluster.leadsTo(service, places);
}

test('no connection fails in a rolling update, though the agent is killed in the middle of it', async () => {
  const load = Promise.all([
    cluster.at.pod1.load({ targets: [{ address: VIP, port: 80 }], rate: RATE / 2 }),
    cluster.at.client.load({ targets: [{ address: NODE.outside, port: 30080 }], rate: RATE / 2 }),
  ]);
  await delay(GRACE);

  // The first new pod is ready, and an old one is told to end.
  want(`${OLD1}@n1`, `${OLD2}@n2`, `${NEW1}@n1`);
  await leadsTo(OLD1, OLD2, NEW1);
  want(`${OLD1}@n1 T`, `${OLD2}@n2`, `${NEW1}@n1`);
  await leadsTo(OLD2, NEW1);
  await delay(GRACE);
  await cluster.at.pod2.close({ address: OLD1, port: 8080 });
  want(`${OLD2}@n2`, `${NEW1}@n1`);

  // The second one is ready while the agent is away.
  await cluster.agent.stop('SIGKILL');
  want(`${OLD2}@n2`, `${NEW1}@n1`, `${NEW2}@n2`);
  await delay(GRACE);
  await cluster.startAgent();
  await leadsTo(OLD2, NEW1, NEW2);
  want(`${OLD2}@n2 T`, `${NEW1}@n1`, `${NEW2}@n2`);
  await leadsTo(NEW1, NEW2);
  await delay(GRACE);
  await cluster.at.n2.close({ address: OLD2, port: 8080 });
  want(`${NEW1}@n1`, `${NEW2}@n2`);
  await delay(GRACE);

  await cluster.at.pod1.finish();
  await cluster.at.client.finish();
  const [inside, outside] = await load;
  for (const [where, { counts, seconds }] of Object.entries({ inside, outside }))
    console.log(
      `${where}: ${sum(Object.values(counts))} connections in ${seconds.toFixed(0)} s, ${JSON.stringify(counts)}`,
    );
  const seenAs = (address: string) => (endpoint: string) => `${endpoint}:8080 < ${address}`;
  const endpoints = [OLD1, OLD2, NEW1, NEW2] as const;
  expect(Object.keys(inside.counts).sort()).toEqual(endpoints.map(seenAs('10.244.1.2')).sort());
  expect(Object.keys(outside.counts).sort()).toEqual(
    [...[OLD1, NEW1].map(seenAs(NODE.pods)), ...[OLD2, NEW2].map(seenAs(NODE.inside))].sort(),
  );
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
