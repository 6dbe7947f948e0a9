// With vitest: name it relieve.test.ts and run npx vitest.
import { Ipvs } from 'ipvs';
import { FakeKernel } from 'ipvs/testing';
import { expect, test } from 'vitest';
import { relieve } from './relieve.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const busy = { address: '10.0.0.5', port: 8080 };

test('the busiest destination gets no new connections', async () => {
  const kernel = new FakeKernel();
  const ipvs = await Ipvs.open({ kernel });
  await ipvs.addService(web);
  await ipvs.addDestination(web, busy);
  await ipvs.addDestination(web, { address: '10.0.0.6', port: 8080 });
  kernel.traffic(web, { destination: busy, active: 12 });

  await relieve(ipvs, web);

  expect(await ipvs.destination(web, busy)).toMatchObject({ weight: 0, activeConnections: 12 });
  await ipvs.close();
});

test('a refusal of the kernel is passed on', async () => {
  const kernel = new FakeKernel();
  const ipvs = await Ipvs.open({ kernel });
  await expect(relieve(ipvs, web)).rejects.toMatchObject({ reason: 'no-such-service' });
  await ipvs.close();
});
