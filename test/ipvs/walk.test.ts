import { expect, test } from 'vitest';
import { streamTable } from '../../src/ipvs/client/stream-table.ts';
import { Ipvs, IpvsLibraryError } from '../../src/ipvs/index.ts';
import type { TableEntry } from '../../src/ipvs/model/table-entry.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { kernelOf } from '../support/netlink/kernel-of.ts';

const service = (port: number) => ({ protocol: 'tcp', address: '192.0.2.10', port }) as const;

async function tableOf(counts: readonly number[]) {
  const kernel = new FakeKernel();
  const ipvs = await Ipvs.open({ kernel });
  await Promise.all(
    counts.flatMap((count, i) => [
      ipvs.addService(service(i + 1)),
      ...Array.from({ length: count }, (_, j) =>
        ipvs.addDestination(service(i + 1), { address: '192.0.2.20', port: j + 1 }),
      ),
    ]),
  );
  return { kernel, ipvs };
}

test('a table has every service with its own destinations, however many are asked about at a time', async () => {
  const counts = Array.from({ length: 300 }, (_, i) => (i % 50 === 0 ? 600 : i % 3));
  const { ipvs } = await tableOf(counts);
  const entries: TableEntry[] = [];
  for await (const entry of ipvs.table()) entries.push(entry);
  const found = new Map(entries.map(({ service, destinations }) => [(service as { port: number }).port, destinations]));
  expect(found.size).toBe(counts.length);
  counts.forEach((count, i) => {
    const ports = found.get(i + 1)?.map(({ port }) => port);
    expect(ports).toEqual(Array.from({ length: count }, (_, j) => count - j));
  });
});

test('many destinations are asked for a few services at a time, few for many', async () => {
  const { ipvs } = await tableOf(Array.from({ length: 200 }, () => 0));
  const services = await ipvs.services();
  const most = async (each: number) => {
    let [underWay, peak] = [0, 0];
    const destinationsOf = async () => {
      peak = Math.max(peak, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      return new Array(each).fill({});
    };
    for await (const _ of streamTable(
      async () => services,
      destinationsOf,
      () => undefined,
    ));
    return peak;
  };
  expect(await most(0)).toBe(64);
  expect(await most(1000)).toBeLessThanOrEqual(2);
});

test('a table that is left early, or whose listing is refused, leaves no error behind', async () => {
  const { kernel, ipvs } = await tableOf([1, 1, 1, 1, 1]);
  for await (const _ of ipvs.table()) break;
  kernel.refuse('EPERM', { command: 'IPVS_CMD_GET_DEST', times: 3 });
  await expect(async () => {
    for await (const _ of ipvs.table());
  }).rejects.toMatchObject({ reason: 'not-permitted' });
});

test('a table with a service that cannot be asked about rejects, and nothing else does', async () => {
  const kernel = new FakeKernel();
  const transport = kernel.connect();
  const family = Uint8Array.of(6, 0, 1, 0, 2, 0);
  const { length } = family;
  const ipvs = await Ipvs.open({
    kernel: kernelOf({
      receiveBuffer: transport.receiveBuffer,
      littleEndian: transport.littleEndian,
      send: (datagram) => transport.send(datagram),
      // The third service of the listing is of a family that there is not.
      receive(into) {
        const size = transport.receive(into);
        const bytes = Buffer.from(into.buffer, into.byteOffset, size);
        let at = 0;
        for (let i = 0; i < 3 && at >= 0; i++) at = bytes.indexOf(family, at + length);
        if (at > 0) bytes[at + 4] = 7;
        return size;
      },
      close: () => transport.close(),
    }),
  });
  await Promise.all([service(1), service(2), { fwmark: 1 }].map((each) => ipvs.addService(each)));
  const unhandled: unknown[] = [];
  const listener = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', listener);
  const table = ipvs.table();
  await table.next();
  kernel.refuse('EPERM', { command: 'IPVS_CMD_GET_DEST' });
  await expect(table.next()).rejects.toBeInstanceOf(IpvsLibraryError);
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off('unhandledRejection', listener);
  expect(unhandled).toEqual([]);
});

test('a key that is changed between two calls names another service', async () => {
  const { ipvs } = await tableOf([0, 0]);
  const key = { protocol: 'tcp', address: '192.0.2.10', port: 1 };
  const added = ipvs.addDestination(key as never, { address: '192.0.2.21', port: 80 });
  key.port = 2;
  await Promise.all([added, ipvs.addDestination(key as never, { address: '192.0.2.22', port: 80 })]);
  expect((await ipvs.destinations(service(1))).map(({ address }) => address)).toEqual(['192.0.2.21']);
  expect((await ipvs.destinations(service(2))).map(({ address }) => address)).toEqual(['192.0.2.22']);
  await expect(
    ipvs.addDestination({ ...key, port: 70000 } as never, { address: '192.0.2.1', port: 1 }),
  ).rejects.toThrow('service.port must be an integer from 0 to 65535');
});
