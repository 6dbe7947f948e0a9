// Runs inside a kernel that has IPVS, in a network namespace of its own: the steps of bench/native/table.c, through the
// public API. Prints "step wall_ms cpu_ms" a line.
import { Ipvs } from 'ipvs';

const [services = 1000, each = 10] = process.argv.slice(2).map(Number);

const ipvs = await Ipvs.open();
const keys = Array.from({ length: services }, (_, i) => {
  const address = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
  return { protocol: 'tcp', address, port: 80 } as const;
});
const targets = Array.from({ length: each }, (_, j) => ({
  address: `172.16.${(j + 1) >> 8}.${(j + 1) & 255}`,
  port: 8080,
}));

await step('create', async () => {
  await inSlices(keys, (key) => [
    ipvs.addService({ ...key, scheduler: 'rr' }),
    ...targets.map((target) => ipvs.addDestination(key, target)),
  ]);
});
await step('list', async () => {
  let entries = 0;
  for await (const { destinations } of ipvs.table()) entries += 1 + destinations.length;
  if (entries !== services * (each + 1)) throw new Error(`${entries} entries were listed`);
});
await step('patch', async () => {
  await inSlices(keys, (key) => targets.map((target) => ipvs.patchDestination(key, target, { weight: 2 })));
});
await step('delete', async () => {
  await inSlices(keys, (key) => [ipvs.removeService(key)]);
});
await ipvs.close();

/** A program would not hold a hundred thousand promises at once either. */
async function inSlices<T>(items: readonly T[], work: (item: T) => Promise<void>[]): Promise<void> {
  for (let i = 0; i < items.length; i += 500) await Promise.all(items.slice(i, i + 500).flatMap(work));
}

async function step(name: string, run: () => Promise<void>): Promise<void> {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  await run();
  const { user, system } = process.cpuUsage(cpu);
  console.log(`${name} ${(performance.now() - wall).toFixed(1)} ${((user + system) / 1000).toFixed(1)}`);
}
