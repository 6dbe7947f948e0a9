import { afterEach, beforeEach, expect, test } from 'vitest';
import { Ipvs, type ServiceSpec } from '../../src/ipvs/index.ts';
import { readTable } from '../../src/reconcile/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';

const services = Array.from(
  { length: 5 },
  (_, i): ServiceSpec => ({ protocol: 'tcp', address: `192.0.2.${i}`, port: 80, scheduler: 'rr' }),
);
const absent = { protocol: 'udp', address: '192.0.2.1', port: 80 } as const;

let kernel: FakeKernel;
let ipvs: Ipvs;

beforeEach(async () => {
  kernel = new FakeKernel();
  ipvs = await Ipvs.open({ kernel });
  for (const service of services) {
    await ipvs.addService(service);
    await ipvs.addDestination(service, { address: '10.0.0.5', port: 8080 });
  }
});
afterEach(() => ipvs.close());

test('services that are named are read as a listing reads them, and no others', async () => {
  const all = await readTable(ipvs);
  const wanted = services.slice(1, 3);
  const before = kernel.requests.length;
  const read = await readTable(ipvs, { services: wanted });
  expect(read).toHaveLength(2);
  expect(read).toEqual(wanted.map(({ address }) => all.find(({ service }) => service.address === address)));
  expect(kernel.requests.slice(before)).toHaveLength(4); // a service and its destinations each, no dump of services
});

test('a named service that does not exist is left out, one that is named twice is read once', async () => {
  const [first] = services as [ServiceSpec];
  const read = await readTable(ipvs, { services: [absent, first, { ...first, scheduler: 'wlc' }] });
  expect(read.map(({ service }) => service.address)).toEqual([first.address]);
  expect(await readTable(ipvs, { services: [] })).toEqual([]);
});

test('named services outside the scope are not read', async () => {
  const read = await readTable(ipvs, { services, scope: { addresses: ['192.0.2.4'] } });
  expect(read.map(({ service }) => service.address)).toEqual(['192.0.2.4']);
});

test('a key that names no service is refused', async () => {
  const invalid = { protocol: 'tcp', address: '192.0.2.300', port: 80 } as const;
  await expect(readTable(ipvs, { services: [invalid] })).rejects.toMatchObject({ code: 'ERR_INPUT' });
});
