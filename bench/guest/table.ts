import type { Ipvs, ServiceKey } from 'ipvs';

/** Enough to fill the kernel's batches, and few enough that what is kept for each is soon garbage. */
const SLICE = 1000;
/** How many services are read, one request after the other. */
const READS = 2000;

/** The size of a table. */
export interface Shape {
  readonly services: number;
  readonly each: number;
}

/** Does one step of a table. */
export type Step = (name: string, run: () => Promise<void>) => Promise<void>;

/** Does a step and prints "STEP wall_ms cpu_ms rss_mb". */
export async function measured(name: string, run: () => Promise<void>): Promise<void> {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  await run();
  const { user, system } = process.cpuUsage(cpu);
  const figures = [performance.now() - wall, (user + system) / 1000, process.resourceUsage().maxRSS / 1024];
  console.log(name, ...figures.map((figure) => figure.toFixed(3)));
}

/** The steps of bench/native/table.c, and `read`, through the public API. */
export async function table(ipvs: Ipvs, { services: count, each }: Shape, step: Step): Promise<void> {
  const services = Array.from({ length: count }, (_, i) => {
    const address = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
    return { protocol: 'tcp', address, port: 80, scheduler: 'rr' } as const;
  });
  const targets = Array.from({ length: each }, (_, j) => ({
    address: `172.16.${(j + 1) >> 8}.${(j + 1) & 255}`,
    port: 8080,
  }));
  const size = Math.max(1, Math.floor(SLICE / (each + 1)));
  await step('create', () =>
    inSlices(services, size, (service) => [
      ipvs.addService(service),
      ...targets.map((target) => ipvs.addDestination(service, target)),
    ]),
  );
  await step('read', async () => {
    for (let i = 0; i < READS; i++)
      if (!(await ipvs.service(services[i % count] as ServiceKey))) throw new Error('a service is missing');
  });
  await step('list', async () => {
    let entries = 0;
    for await (const { destinations } of ipvs.table()) entries += 1 + destinations.length;
    if (entries !== count * (each + 1)) throw new Error(`${entries} entries were listed`);
  });
  await step('patch', () =>
    inSlices(services, size, (service) =>
      targets.map((target) => ipvs.patchDestination(service, target, { weight: 2 })),
    ),
  );
  await step('delete', () => inSlices(services, SLICE, (service) => [ipvs.removeService(service)]));
}

async function inSlices<T>(items: readonly T[], size: number, work: (item: T) => Promise<void>[]): Promise<void> {
  for (let i = 0; i < items.length; i += size) {
    const asked: Promise<void>[] = []; // flatMap takes longer than some of what it would call
    for (const item of items.slice(i, i + size)) asked.push(...work(item));
    await Promise.all(asked);
  }
}
