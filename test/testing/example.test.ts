import { expect, test } from 'vitest';
import { Ipvs, type ServiceKey } from '../../src/ipvs/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';

/** The code to test: sends no new connections to the busiest destination of a service. */
async function relieve(ipvs: Ipvs, service: ServiceKey): Promise<void> {
  const [busiest] = (await ipvs.destinations(service)).sort((a, b) => b.activeConnections - a.activeConnections);
  if (busiest) await ipvs.patchDestination(service, busiest, { weight: 0 });
}

test('the busiest destination gets no new connections', async () => {
  const kernel = new FakeKernel();
  const ipvs = await Ipvs.open({ kernel });
  const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
  await ipvs.addService(web);
  await ipvs.addDestination(web, { address: '192.0.2.20', port: 8080 });
  await ipvs.addDestination(web, { address: '192.0.2.21', port: 8080 });
  kernel.traffic(web, { destination: { address: '192.0.2.20', port: 8080 }, active: 12 });

  await relieve(ipvs, web);

  const weights = (await ipvs.destinations(web)).map(({ address, weight }) => [address, weight]);
  expect(weights).toEqual([
    ['192.0.2.21', 1],
    ['192.0.2.20', 0],
  ]);
  await ipvs.close();
});

test('a kernel that has no memory left is reported', async () => {
  const kernel = new FakeKernel();
  const ipvs = await Ipvs.open({ kernel });
  kernel.refuse('ENOMEM', { command: 'IPVS_CMD_NEW_SERVICE' });

  const adding = ipvs.addService({ protocol: 'udp', address: '192.0.2.10', port: 53 });

  await expect(adding).rejects.toMatchObject({ code: 'ENOMEM' });
  expect(kernel.requests.at(-1)).toMatchObject({ command: 'IPVS_CMD_NEW_SERVICE', refusal: 'ENOMEM' });
  await ipvs.close();
});
