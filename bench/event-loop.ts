import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Ipvs } from 'ipvs';
import { kernelOf } from '../test/support/netlink/kernel-of.ts';
import { idleKernel } from './idle-kernel.ts';

/** How long the event loop was kept waiting, in milliseconds. */
export interface DelayFigure {
  readonly name: string;
  readonly p99: number;
  readonly max: number;
}

const SERVICES = 10_000;
const EACH = 10;
const AT_ONCE = 20;
/** One table takes a few dozen turns of the loop, too few for a percentile. */
const TABLES = 10;

/** The event loop of this machine while 110,000 objects are created and listed, ten times, with a kernel that takes no time. */
export async function eventLoop(): Promise<DelayFigure[]> {
  await using ipvs = await Ipvs.open({ kernel: kernelOf(idleKernel(SERVICES, EACH)) });
  const services = Array.from({ length: SERVICES }, (_, i) => {
    const address = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
    return { protocol: 'tcp', address, port: 80, scheduler: 'rr' } as const;
  });
  const create = await delayOf('create', async () => {
    // Made bit by bit: what is to be seen is the library's work, not that of making a hundred thousand promises at once.
    for (let i = 0; i < services.length; i += AT_ONCE)
      await Promise.all(
        services
          .slice(i, i + AT_ONCE)
          .flatMap((service) => [
            ipvs.addService(service),
            ...Array.from({ length: EACH }, (_, j) =>
              ipvs.addDestination(service, { address: `172.16.0.${j + 1}`, port: 80 }),
            ),
          ]),
      );
  });
  const list = await delayOf('list', async () => {
    let entries = 0;
    for await (const { destinations } of ipvs.table()) entries += 1 + destinations.length;
    if (entries !== SERVICES * (EACH + 1)) throw new Error(`${entries} entries were listed`);
  });
  return [create, list];
}

async function delayOf(name: string, run: () => Promise<void>): Promise<DelayFigure> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (let i = 0; i < TABLES; i++) await run();
  delay.disable();
  return { name, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
}
