/**
 * What the mapping costs: everything at once, and one changed slice, with 10 endpoints for each Service. Run it by
 * `npx tsx bench/desired.ts`.
 */
import { DesiredState } from '../src/desired/index.ts';
import { type EndpointSlice, parseEndpointSlice, parseService, type Service } from '../src/objects/index.ts';

const ENDPOINTS = 10;
const CHANGES = 2000;

for (const size of [1000, 5000, 10_000]) {
  const state = new DesiredState({ name: 'n1', addresses: ['192.0.2.11'] }, { services: 'all' });
  const read = time(() => {
    for (let i = 0; i < size; i++) {
      state.upsert(service(i));
      state.upsert(slice(i, 0));
    }
  });
  const full = time(() => state.takeChanges());
  const single = Array.from({ length: CHANGES }, (_, n) => {
    const changed = slice((n * 7) % size, n + 1);
    return time(() => {
      state.upsert(changed);
      state.takeChanges();
    });
  }).sort((a, b) => a - b);
  const [p50 = 0, p99 = 0] = [0.5, 0.99].map((share) => single[Math.floor(CHANGES * share)]);
  console.log(
    `${size} Services x ${ENDPOINTS}: read ${read.toFixed(0)} ms, mapped ${full.toFixed(0)} ms,`,
    `one slice p50 ${(1000 * p50).toFixed(0)} us, p99 ${(1000 * p99).toFixed(0)} us,`,
    `heap ${(process.memoryUsage().heapUsed / 2 ** 20).toFixed(0)} MiB`,
  );
}

function time(act: () => void): number {
  const start = performance.now();
  act();
  return performance.now() - start;
}

function service(i: number): Service {
  const { object } = parseService({
    metadata: { name: `s${i}`, namespace: 'default', uid: `${i}`, resourceVersion: `${i}` },
    spec: { clusterIP: `10.96.${i >> 8}.${i & 255}`, ports: [{ port: 80 }] },
  });
  if (!object) throw new Error('a Service without a name');
  return object;
}

/** @param turn moves one endpoint to another address each time */
function slice(i: number, turn: number): EndpointSlice {
  const endpoints = Array.from({ length: ENDPOINTS }, (_, n) => ({
    addresses: [`10.${128 + (i >> 8)}.${i & 255}.${n === 0 ? 20 + (turn % 200) : n + 1}`],
    nodeName: n === 0 ? 'n1' : 'n2',
    conditions: { ready: true, serving: true, terminating: false },
  }));
  const labels = { 'kubernetes.io/service-name': `s${i}` };
  const { object } = parseEndpointSlice({
    metadata: { name: `s${i}-x`, namespace: 'default', labels },
    addressType: 'IPv4',
    ports: [{ port: 8080 }],
    endpoints,
  });
  if (!object) throw new Error('a slice without a name');
  return object;
}
