// A pool that uses a server only while it answers: one of two stops answering and comes back.
//
// Run: npx tsx health-checks.ts --fake, or as root in a network namespace of its own with `lo` up; see README.md.
//
// Prints:
//   at the start: 127.0.0.2 127.0.0.3
//   down: 127.0.0.3:18080 answers with status 503
//   afterwards: 127.0.0.2
//   up: 127.0.0.3
//   in the end: 127.0.0.2 127.0.0.3
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { Ipvs } from 'ipvs';
import { httpProbe, Pool, type PoolEvent } from 'ipvs/health';
import { linuxKernel } from 'ipvs/netlink';
import { FakeKernel } from 'ipvs/testing';

const kernel = process.argv.includes('--fake') ? new FakeKernel() : linuxKernel();
const ipvs = await Ipvs.open({ kernel });
const service = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const destinations = ['127.0.0.2', '127.0.0.3'].map((address) => ({ address, port: 18_080 }));

// The servers: real ones, on this machine.
const ill = new Set<string>();
const servers = destinations.map(({ address, port }) =>
  createServer((_, response) => response.writeHead(ill.has(address) ? 503 : 200).end('ok')).listen(port, address),
);
await Promise.all(servers.map((server) => once(server, 'listening')));

const events = new EventEmitter();
const pool = await Pool.start(ipvs, {
  service,
  destinations,
  probes: [httpProbe({ path: '/health', body: 'ok' })],
  interval: 0.2, // seconds; 5 by default
  steady: 0, // no damping of what comes and goes
  onEvent: (event: PoolEvent) => events.emit(event.type, event),
});
await show('at the start', 2);

ill.add('127.0.0.3');
const [down] = await once(events, 'down');
console.log(`down: ${down.error.message}`);
await show('afterwards', 1);

ill.clear();
const [up] = await once(events, 'up');
console.log(`up: ${up.destination.address}`);
await show('in the end', 2);

await pool.stop();
for (const server of servers) server.close();
await ipvs.removeService(service);
await ipvs.close();

/** Waits until the table has so many servers, which it does soon after the event, and prints them. */
async function show(when: string, count: number): Promise<void> {
  let servers = await ipvs.destinations(service);
  for (; servers.length !== count; servers = await ipvs.destinations(service)) await setTimeout(20);
  const addresses = servers.map(({ address }) => address);
  console.log(`${when}: ${addresses.sort().join(' ')}`);
}
