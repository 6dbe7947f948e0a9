// With Jest: NODE_OPTIONS=--experimental-vm-modules npx jest, since Jest takes ES modules for CommonJS without it.
// In a test that is CommonJS itself: const { Ipvs } = await import('ipvs').
import { Ipvs } from 'ipvs';
import { FakeKernel } from 'ipvs/testing';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 };
const busy = { address: '10.0.0.5', port: 8080 };

/** The code to test: sends no new connections to the busiest destination of a service. */
async function relieve(ipvs, service) {
  const [busiest] = (await ipvs.destinations(service)).sort((a, b) => b.activeConnections - a.activeConnections);
  if (busiest) await ipvs.patchDestination(service, busiest, { weight: 0 });
}

test('the busiest destination gets no new connections', async () => {
  const kernel = new FakeKernel();
  const ipvs = await Ipvs.open({ kernel });
  await ipvs.addService(web);
  await ipvs.addDestination(web, busy);
  await ipvs.addDestination(web, { address: '10.0.0.6', port: 8080 });
  kernel.traffic(web, { destination: busy, active: 12 });

  await relieve(ipvs, web);

  expect((await ipvs.destination(web, busy))?.weight).toBe(0);
  await ipvs.close();
});

test('a refusal of the kernel is passed on', async () => {
  const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
  await expect(relieve(ipvs, web)).rejects.toMatchObject({ reason: 'no-such-service' });
  await ipvs.close();
});
