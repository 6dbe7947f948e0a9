import { expect, test } from 'vitest';
import { Ipvs } from '../../../src/ipvs/index.ts';
import { FakeKernel } from '../../../src/testing/index.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const virtual = { address: web.address, port: web.port };

test('wrr gives each destination exactly the share of its weight', async () => {
  const kernel = new FakeKernel();
  const ipvs = await Ipvs.open({ kernel });
  await ipvs.addService({ ...web, scheduler: 'wrr' });
  for (const weight of [1, 2, 3]) await ipvs.addDestination(web, { address: `192.0.2.2${weight}`, port: 80, weight });

  const chosen = Array.from({ length: 600 }, (_, i) => {
    const source = { address: '198.51.100.7', port: 10_000 + i };
    return kernel.schedule({ protocol: 'tcp', source, virtual })?.destination.address;
  });

  const shares = [1, 2, 3].map((weight) => chosen.filter((address) => address === `192.0.2.2${weight}`).length);
  expect(shares).toEqual([100, 200, 300]);
  await ipvs.close();
});

test('a destination that comes back before the next turn of the clock keeps its connections', async () => {
  const kernel = new FakeKernel();
  const ipvs = await Ipvs.open({ kernel });
  await ipvs.setSysctls({ expire_nodest_conn: true });
  await ipvs.addService(web);
  const kept = { address: '192.0.2.20', port: 80 };
  const removed = { address: '192.0.2.21', port: 80 };
  for (const destination of [kept, removed]) await ipvs.addDestination(web, destination);
  for (const port of [1, 2]) kernel.schedule({ protocol: 'tcp', source: { address: '198.51.100.7', port }, virtual });

  for (const destination of [kept, removed]) await ipvs.removeDestination(web, destination);
  await ipvs.addDestination(web, kept);
  kernel.tick(0.003);
  expect(kernel.connections.size).toBe(2);
  kernel.tick(0.001);

  expect(kernel.connections.size).toBe(1);
  expect(await ipvs.destinations(web)).toMatchObject([{ ...kept, activeConnections: 1 }]);
  await ipvs.close();
});

test('a connection is counted by its state, and persistence keeps its client', async () => {
  const kernel = new FakeKernel();
  const ipvs = await Ipvs.open({ kernel });
  await ipvs.addService({ ...web, scheduler: 'rr', persistence: { timeout: 300, netmask: '255.255.255.0' } });
  for (const address of ['192.0.2.20', '192.0.2.21']) await ipvs.addDestination(web, { address, port: 80 });
  const open = (address: string) => kernel.schedule({ protocol: 'tcp', source: { address, port: 40_000 }, virtual });

  const first = open('198.51.100.7');
  const second = open('198.51.100.8');

  expect(first).toMatchObject({ decidedBy: 'scheduler', state: 'SYN_RECV' });
  expect(second).toMatchObject({ decidedBy: 'persistence', destination: first?.destination });
  expect(open('203.0.113.1')?.destination).not.toEqual(first?.destination);
  first?.establish();
  first?.close();
  expect(first?.state).toBe('TIME_WAIT');
  const counts = (await ipvs.destinations(web)).find(({ address }) => address === first?.destination.address);
  expect(counts).toMatchObject({ activeConnections: 1, inactiveConnections: 1, persistentConnections: 1 });
  await ipvs.close();
});
