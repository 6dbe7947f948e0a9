import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';

// npm run fuzz -- --minutes 5 --seed 1: a failure tells the seed that shows it at once.
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' } } });
const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
const end = performance.now() + Number(values.minutes) * 60_000;
const watchdog = setInterval(() => {}, 1000);
console.log(`seed ${seed}`);
const start = performance.now();
const counts = await fuzz(seed, () => performance.now() > end);
clearInterval(watchdog);
console.log({ ...counts, seconds: Math.round((performance.now() - start) / 1000) });
