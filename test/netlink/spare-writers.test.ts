import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { idleKernel } from '../../bench/idle-kernel.ts';
import { Ipvs } from '../../src/ipvs/index.ts';
import { SpareWriters } from '../../src/netlink/socket/spare-writers.ts';
import { kernelOf } from '../support/netlink/kernel-of.ts';

const MiB = 1024 * 1024;

/** Bytes of the buffers in use, garbage aside. */
async function buffers(): Promise<number> {
  setFlagsFromString('--expose-gc');
  // Buffers are let go of in the background, and counted once they are.
  for (let i = 0; i < 3; i++) {
    runInNewContext('gc')();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().arrayBuffers;
}

test('the buffers of a burst are let go of, all but a few, and those by close()', async () => {
  const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
  const ipvs = await Ipvs.open({ kernel: kernelOf(idleKernel(1, 1)) });
  const before = await buffers();
  await Promise.all(Array.from({ length: 100_000 }, () => ipvs.addDestination(web, { address: '10.0.0.1', port: 1 })));
  expect((await buffers()) - before).toBeLessThan(2 * MiB);
  await ipvs.close();
  expect((await buffers()) - before).toBeLessThan(MiB / 4);
});

test('a writer that has grown is kept for a batch of many, however many batches of one come between', () => {
  const spare = new SpareWriters(true);
  const grown = spare.take('many');
  grown.reserve(64 * 1024);
  spare.keep(grown);
  const small = Array.from({ length: 100 }, () => spare.take('one'));
  expect(small).not.toContain(grown);
  for (const writer of small) spare.keep(writer);
  expect(spare.take('many')).toBe(grown);
  expect(small).toContain(spare.take('one'));
});
