import { expect, test } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';

const web = { protocol: 'tcp', address: '2001:db8::10', port: 80 } as const;
const webInFull = { ...web, address: '2001:0DB8:0:0:0:0:0:10' };
const server = { address: '2001:db8::20', port: 80 };
const serverInFull = { ...server, address: '2001:db8:0:0:0:0:0:20' };

async function open() {
  const kernel = new FakeKernel();
  const ipvs = await Ipvs.open({ kernel });
  await Promise.all([ipvs.addService(web), ipvs.addDestination(web, server)]);
  return { kernel, ipvs };
}

test('a patch that fails lets the next one have its turn', async () => {
  const { kernel, ipvs } = await open();
  kernel.refuse('ENOMEM', { command: 'IPVS_CMD_SET_DEST', times: 1 });
  const outcomes = await Promise.allSettled([
    ipvs.patchDestination(web, server, { weight: 1, upperThreshold: 1 }),
    ipvs.patchDestination(web, server, { weight: -1 }),
    ipvs.patchDestination(web, server, { weight: 3 }),
    ipvs.patchDestination(web, { ...server, port: 81 }, { weight: 4 }),
    ipvs.patchDestination(web, server, { upperThreshold: 5 }),
  ]);
  expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([false, false, true, false, true]);
  expect(await ipvs.destinations(web)).toMatchObject([{ weight: 3, upperThreshold: 5 }]);
});

test('an entry is the same however its address is written', async () => {
  const { ipvs } = await open();
  await Promise.all([
    ipvs.patchDestination(web, server, { weight: 3 }),
    ipvs.patchDestination(webInFull, serverInFull, { upperThreshold: 5 }),
    ipvs.patchService(web, { scheduler: 'rr' }),
    ipvs.patchService(webInFull, { persistence: { timeout: 9 } }),
  ]);
  expect(await ipvs.destinations(web)).toMatchObject([{ weight: 3, upperThreshold: 5 }]);
  expect(await ipvs.service(web)).toMatchObject({ scheduler: 'rr', persistence: { timeout: 9 } });
});

test('a key that is changed while its patch waits for its turn still names the same entry', async () => {
  const { ipvs } = await open();
  const key = { ...web };
  const patches = [
    ipvs.patchDestination(key, server, { weight: 3 }),
    ipvs.patchDestination(key, server, { weight: 4 }),
  ];
  Object.assign(key, { port: 81 });
  await Promise.all(patches);
  expect(await ipvs.destinations(web)).toMatchObject([{ weight: 4 }]);
});
