// With Node's own test runner: node --import tsx --test relieve.node-test.ts, without tsx from Node 22.18 on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ipvs } from 'ipvs';
import { FakeKernel } from 'ipvs/testing';
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

  assert.equal((await ipvs.destination(web, busy))?.weight, 0);
  await ipvs.close();
});

test('a refusal of the kernel is passed on', async () => {
  const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
  await assert.rejects(relieve(ipvs, web), { reason: 'no-such-service' });
  await ipvs.close();
});
