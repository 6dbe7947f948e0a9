import { onEach } from '../test/bed/beds.ts';
import { compareTables } from './tables.ts';
const rounds = Number(process.argv[2] ?? 3);
const shapes = (process.argv[3] ?? '1000,10').split(' ').map((s) => { const [services = 0, each = 0] = s.split(',').map(Number); return { services, each }; });
await onEach({ kernels: ['6.12'], uml: true, host: false }, async (bed) => {
  for (const m of await compareTables(bed, shapes, rounds)) console.log(m.services, m.each, m.step.padEnd(7), m.name.padEnd(32), m.value.toFixed(1), m.ratio.toFixed(2), m.lowestRatio.toFixed(2), m.highestRatio.toFixed(2), 'cpu', m.cpu.toFixed(0));
  return 0;
});
