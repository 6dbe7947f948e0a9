import { Ipvs } from '../../../src/ipvs/index.ts';

/** A process of its own that adds a hundred services, ten calls at a time, and prints what became of the calls, and how many it lists. */
await using ipvs = await Ipvs.open();
const outcomes: Record<string, number> = {};
for (let from = 1; from <= 100; from += 10) {
  const ports = Array.from({ length: 10 }, (_, i) => from + i);
  const calls = ports.map((port) => ipvs.addService({ protocol: 'tcp', address: '192.0.2.10', port }));
  for (const call of await Promise.allSettled(calls)) {
    const outcome = call.status === 'fulfilled' ? 'added' : call.reason.code;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
}
console.log(JSON.stringify({ ...outcomes, listed: (await ipvs.services()).length }));
